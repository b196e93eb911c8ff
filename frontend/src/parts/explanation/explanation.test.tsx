import { cleanup, screen, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Cause, Explanation } from '@/api/types'
import { standIn } from '@/test/agent'
import { draw } from '@/test/render'
import { ExplanationCard } from './ExplanationCard'

const cause: Cause = {
  id: 'credential.expired', title: 'The credential no longer works', sentence: 'Okta refuses the credential of corp', confidence: 'likely', who: 'you',
  steps: ['stream.users'],
  evidence: [
    { kind: 'step', text: 'Users: refused', run: 'r1', step: 'stream.users' },
    { kind: 'line', text: 'GET https://acme.okta.com → 401', run: 'r1', line: 7 },
    { kind: 'change', text: 'domain changed', entry: 12 },
  ],
  remedies: [
    { text: 'Make a new credential.', who: 'you', action: 'edit', guide: 'step-2' },
    { text: 'Sync again.', who: 'you', action: 'sync' },
  ],
  tells_more: ['The list of keys.'],
}
const explained: Explanation = {
  connection: 'c1', alias: 'corp', run: 'r1', run_at: '2026-11-29T08:08:00Z', state: 'explained', cause, also: [], partial: true,
  streams: [{ name: 'users', title: 'Users', step: 'stream.users', status: 'failed', records: 3, last_complete_at: '2026-11-28T08:08:00Z' }],
}
const corp = { id: 'c1', alias: 'corp', connector: 'okta' }

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('the explanation', () => {
  it('names the cause, who can act and how sure it is, and orders what to do', async () => {
    standIn({ 'GET /api/v1/runs/r1/explanation': explained })
    draw(<ExplanationCard connection={corp} run="r1" wanted />)
    await screen.findByRole('heading', { name: 'The credential no longer works' })
    expect(screen.getByText('You')).toBeTruthy()
    expect(screen.getByText('Likely')).toBeTruthy()
    const [todo] = screen.getAllByRole('list')
    if (!todo) throw new Error('the card has no list of what to do')
    expect(within(todo).getAllByRole('listitem').at(0)?.textContent).toContain('Make a new credential.')
    expect(within(todo).getByRole('link', { name: 'Edit the connection' }).getAttribute('href')).toBe('/connections/corp/edit')
    expect(screen.queryByText(/Inconclusive/)).toBeNull()
  })

  it('leads to the step, the line and the change', async () => {
    standIn({ 'GET /api/v1/runs/r1/explanation': explained })
    draw(<ExplanationCard connection={corp} run="r1" wanted />)
    const href = async (name: string) => (await screen.findByRole('link', { name })).getAttribute('href')
    expect(await href('Show the step')).toBe('/runs/r1?step=stream.users')
    expect(await href('Show line 7 of the log')).toBe('/runs/r1?line=7')
    expect(await href('Show what was changed')).toBe('/connections/corp/activity')
    expect(screen.getByRole('table', { name: 'Not read whole' })).toBeTruthy()
  })

  it('says that an outage is inconclusive', async () => {
    const outage = { ...explained, state: 'inconclusive' as const, partial: false, cause: { ...cause, who: 'vendor' as const, inconclusive: true } }
    standIn({ 'GET /api/v1/connections/c1/explanation': outage })
    draw(<ExplanationCard connection={corp} wanted />)
    await screen.findByText('Inconclusive: this says nothing about your own systems.')
    expect(screen.getByText('The vendor')).toBeTruthy()
  })

  it('shows nothing where nothing failed, and asks for nothing where nothing is wanted', async () => {
    const asked = standIn({ 'GET /api/v1/connections/c1/explanation': { ...explained, state: 'none', cause: undefined, streams: [] } })
    const { container } = draw(<ExplanationCard connection={corp} wanted={false} />)
    expect(asked).toEqual([])
    expect(container.textContent).toBe('')
  })
})
