import { cleanup, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { draw } from '@/test/render'
import { Guard } from './Guard'

afterEach(() => {
  cleanup()
  vi.restoreAllMocks()
})

function Broken({ error }: { error: Error }): React.ReactNode {
  throw error
}

function guarded(error: Error) {
  vi.spyOn(console, 'error').mockImplementation(() => undefined) // React reports what a guard catches
  draw(
    <Guard>
      <Broken error={error} />
    </Guard>,
  )
  return screen.getByRole('alert').textContent
}

describe('a page that cannot be shown', () => {
  it.each([
    'Failed to fetch dynamically imported module: http://127.0.0.1:8420/assets/Palette.js',
    'error loading dynamically imported module: http://127.0.0.1:8420/assets/Palette.js',
    'Importing a module script failed.',
  ])('was not loaded, since the agent does not answer: %s', (message) => {
    expect(guarded(new TypeError(message))).toContain('agent.unreachable')
  })

  it('has a fault of its own', () => {
    const said = guarded(new Error('No such thing'))
    expect(said).toContain('No such thing')
    expect(said).toContain('internal.bug')
  })
})
