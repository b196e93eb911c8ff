import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { cleanup, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import { isStale, keys } from '@/api/keys'
import { TooltipProvider } from '@/ui/Tooltip'
import { DevelopmentBar } from './DevelopmentBar'

afterEach(cleanup)

const bar = (developments: object[]) => {
  const cache = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } })
  cache.setQueryData(keys.status, { developments })
  return render(
    <QueryClientProvider client={cache}>
      <TooltipProvider>
        <DevelopmentBar />
      </TooltipProvider>
    </QueryClientProvider>,
  )
}

describe('DevelopmentBar', () => {
  it('says of every connector in development what it means', () => {
    const one = (connector: string) => ({ id: connector, connector, since: '2026-01-01T00:00:00Z', message: `${connector} is in development: not evidence` })
    bar([one('acme-hr'), one('okta')])
    const section = screen.getByRole('region', { name: 'In development' })
    expect(section.querySelectorAll('li')).toHaveLength(2)
    expect(section.textContent).toContain('acme-hr is in development: not evidence.')
  })

  it('is not there otherwise', () => {
    expect(bar([]).container.textContent).toBe('')
  })

  it('is asked for again when a connector changes', () => {
    expect(isStale({ topic: 'connector', id: 'okta', kind: 'changed' }, keys.status, {})).toBe(true)
  })
})
