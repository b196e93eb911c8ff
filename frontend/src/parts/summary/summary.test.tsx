import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { isStale, keys } from '@/api/keys'
import type { SummaryCard as Card } from '@/api/types'
import { standIn } from '@/test/agent'
import { draw } from '@/test/render'
import { SummaryCard } from './SummaryCard'

const attempt = {
  id: 'a1', run: 'r1', provider: 'anthropic', address: 'api.anthropic.com', model: 'm1', prompt_version: '1', sent_bytes: 1, sent_sha256: 'x',
  at: '2026-11-29T08:08:00Z', by: { kind: 'person', id: '1000', name: 'anna', auth: 'one-time link' }, outcome: 'ready',
} as const
const none: Card = { connection: 'c1', alias: 'corp', shown: true, configured: true, provider: 'anthropic', model: 'm1', state: 'none', run: 'r1', version: 1 }
const ready: Card = {
  ...none,
  state: 'ready',
  summary: {
    attempt,
    answer: {
      summary: 'The vendor refuses the key. See <a href="https://evil.example">here</a>.', cause: 'It has expired.', who: 'you',
      evidence: [{ step: 'authenticate', text: 'refused' }, { line: 7, text: '401' }], remedies: [{ text: 'Make a new key.', who: 'vendor_admin' }],
    },
  },
}
const corp = { id: 'c1', alias: 'corp' }
const show = (card: Card, more: Record<string, unknown> = {}) => {
  const asked = standIn({ 'GET /api/v1/connections/c1/summary': card, ...more })
  return { asked, ...draw(<SummaryCard connection={corp} wanted />) }
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

describe('the AI Summary', () => {
  it('asks for nothing where the connection is not unhealthy, and shows nothing when the host says so', async () => {
    const asked = standIn({})
    expect(draw(<SummaryCard connection={corp} wanted={false} />).container.textContent).toBe('')
    expect(asked).toEqual([])
    cleanup()
    const { container, asked: later } = show({ ...none, shown: false })
    await waitFor(() => expect(later.length).toBe(1))
    await waitFor(() => expect(container.querySelector('section')).toBeNull())
  })

  it('is on the page of a run only if it is about that run', () => {
    standIn({ 'GET /api/v1/connections/c1/summary': ready })
    const textOn = (run: string, card: Card) => {
      const { container } = draw(<SummaryCard connection={corp} wanted run={run} />, { known: [[keys.summary('c1'), card]] })
      const { textContent } = container
      cleanup()
      return textContent
    }
    const stale = { ...ready, run: 'r2', state: 'stale' } as const
    expect(textOn('r1', stale)).toContain('See <a href')
    expect(textOn('r2', stale)).toContain('Generate summary')
    expect(textOn('r0', stale)).toBe('')
  })

  it('offers no button while it is off', async () => {
    show({ ...none, configured: false })
    expect((await screen.findByRole('link', { name: 'Configure a model' })).getAttribute('href')).toBe('/settings')
    expect(screen.queryByRole('button')).toBeNull()
  })

  it('shows what a model wrote as text, with links to steps and lines alone', async () => {
    show(ready)
    await screen.findByText(/See <a href/)
    const links = screen.getAllByRole('link').map((link) => link.getAttribute('href'))
    expect(links).toEqual(['/runs/r1?step=authenticate', '/runs/r1?line=7', '/runs/r1'])
    expect(screen.getByRole('button', { name: 'Refresh' })).toBeTruthy()
  })

  it('says that an answer was refused and why, and that the explanation stands', async () => {
    const problem = { code: 'summary.refused', message: "the model's answer was refused: it cites line 9", remedy: 'Generate again.' }
    show({ ...none, state: 'failed', problem })
    await screen.findByText("The model's answer was refused")
    expect(screen.getByText(/it cites line 9/)).toBeTruthy()
    expect(screen.getByText('The explanation above stands.')).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Generate again' })).toBeTruthy()
  })

  it('offers Generate again when new sync data made it stale, without asking for a verdict', async () => {
    show({ ...ready, state: 'stale' })
    await screen.findByText('New sync data was recorded since this summary was made.')
    expect(screen.getByRole('button', { name: 'Generate summary' })).toBeTruthy()
    expect(screen.queryByRole('button', { name: 'Helpful' })).toBeNull()
  })

  it('shows how much has arrived and cancels', async () => {
    const progress = { phase: 'answering', characters: 1234, since: '2026-11-29T08:08:00Z', until: '2026-11-29T08:09:00Z' } as const
    const { asked } = show({ ...none, state: 'generating', progress }, { 'POST /api/v1/connections/c1/summary/cancel': { ...none, state: 'cancelled' } })
    await screen.findByText(/1,234 characters/)
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))
    await waitFor(() => expect(asked.some(({ path }) => path.endsWith('/cancel'))).toBe(true))
  })

  it('keeps a verdict', async () => {
    const { asked } = show(ready, { 'PUT /api/v1/connections/c1/summary/feedback': ready })
    fireEvent.click(await screen.findByRole('button', { name: 'Not helpful' }))
    await waitFor(() => expect(asked.find(({ method }) => method === 'PUT')?.body).toEqual({ verdict: 'down', reason: '' }))
  })

  it('is fetched anew when a run of its connection ends, and at its own news', () => {
    const hint = { topic: 'run', id: 'r2', kind: 'finished', connection: 'c1' } as const
    expect(isStale(hint, keys.summary('c1'), undefined)).toBe(true)
    expect(isStale({ ...hint, connection: 'c2' }, keys.summary('c1'), undefined)).toBe(false)
    expect(isStale({ ...hint, kind: 'progress' }, keys.summary('c1'), undefined)).toBe(false)
    expect(isStale({ topic: 'summary', id: 'c1', kind: 'finished' }, keys.summary('c1'), undefined)).toBe(true)
    expect(isStale({ topic: 'summary', id: '', kind: 'configured' }, keys.summary('c1'), undefined)).toBe(true)
    expect(isStale({ topic: 'summary', id: 'c1', kind: 'progress' }, keys.summarySettings, undefined)).toBe(false)
  })
})
