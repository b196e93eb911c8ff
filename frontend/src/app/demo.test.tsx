import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import { keys } from '@/api/keys'
import { DemoBar } from './DemoBar'

afterEach(cleanup)

const bar = (status: object) => {
  const cache = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } })
  cache.setQueryData(keys.status, status)
  return render(
    <QueryClientProvider client={cache}>
      <DemoBar />
    </QueryClientProvider>,
  )
}

describe('DemoBar', () => {
  it('says that the company does not exist', () => {
    bar({ demo: true })
    expect(screen.getByRole('region', { name: 'Demo' }).textContent).toContain('This company does not exist.')
  })

  it('is not there otherwise', () => {
    expect(bar({}).container.textContent).toBe('')
  })
})
