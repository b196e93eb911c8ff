import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { RecordChange } from '@/api/records'
import { countWords, ChangeCounts } from '@/parts/ChangeCounts'
import { standIn } from '@/test/agent'
import { draw } from '@/test/render'
import ChangesPage from './ChangesPage'
import { beginOf } from './period'
import { whatChanged } from './words'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const change = (over: Partial<RecordChange> = {}): RecordChange => ({
  connection: 'c1', alias: 'hr', run: 'r1', stream: 'accounts', key: 'e1', change: 'changed', at: '2026-11-29T08:08:00Z', record_kind: 'account', title: 'Ann Berg',
  diff: [{ path: '/status', field: 'status', before: 'active', after: 'suspended' }], ...over,
})

describe('what changed, in a line', () => {
  it('names fields with old and new, the vendor’s own last', () => {
    const diff = [
      { path: '/vendor/a~1b', before: 1, after: 2 },
      { path: '/mfa', field: 'mfa', before: 'yes', after: 'no' },
      { path: '/roles/0', field: 'roles', after: 'admin' },
    ]
    expect(whatChanged(change({ diff, diff_cut: 4 }))).toBe('MFA: yes → no; Roles › 0: – → admin; 5 more')
    expect(whatChanged(change({ diff: diff.slice(0, 1) }))).toBe('vendor › a/b: 1 → 2')
  })
  it('cuts what is long, and is silent of what was added', () => {
    expect(whatChanged(change({ diff: [{ path: '/name', field: 'name', before: 'x'.repeat(1000), after: '' }] })).length).toBeLessThan(90)
    expect(whatChanged(change({ change: 'added' }))).toBe('')
  })
  it('says when it is not known', () => expect(whatChanged(change({ diff: [], diff_lost: true }))).not.toBe(''))
})

describe('counts', () => {
  it('are a link to the changes, said in words', () => {
    draw(<ChangeCounts added={1} changed={1800} removed={0} of={{ run: 'r1' }} />)
    const link = screen.getByRole('link', { name: '1 added, 1,800 changed: show these changes' })
    expect([link.textContent, link.getAttribute('href')]).toEqual(['+1~1,800', '/changes?run=r1'])
  })
  it('are no link where there are none', () => {
    draw(<ChangeCounts added={0} changed={0} removed={0} of={{ run: 'r1' }} />)
    expect(screen.queryByRole('link')).toBeNull()
  })
  it('leave out what did not happen', () => expect(countWords({ added: 0, changed: 0, removed: 2 })).toBe('2 removed'))
})

it('a period begins at a whole hour', () => {
  expect(beginOf('day', Date.parse('2026-11-30T06:44:19Z'))).toBe('2026-11-29T06:00:00Z')
})

describe('the page', () => {
  const counted = { connection: 'c1', alias: 'hr', stream: 'accounts', stream_title: 'Accounts', record_kind: 'account', added: 1, changed: 1, removed: 0 }
  function open(path: string, page: object, summary: object = { items: [counted], added: 1, changed: 1, removed: 0 }) {
    const asked: URLSearchParams[] = []
    standIn({
      'GET /api/v1/history': (request: Request) => {
        asked.push(new URL(request.url).searchParams)
        return page
      },
      'GET /api/v1/history/summary': summary,
      'GET /api/v1/connections': { items: [], matched: 0, before: 0 },
    })
    return { asked, ...draw(<ChangesPage />, { path }) }
  }

  it('asks for what is in the address, with what differs', async () => {
    const { asked } = open('/changes?run=r1&change=changed&q=ann', { items: [change()] })
    await screen.findByText('Status: active → suspended')
    expect(Object.fromEntries(asked[0] ?? [])).toEqual({ run: 'r1', change: 'changed', q: 'ann', diff: 'true', limit: '100' })
  })

  it('shows one stream alone when its line is chosen, and every one when it is chosen again', async () => {
    const { history } = open('/changes', { items: [change()] })
    fireEvent.click(await screen.findByRole('button', { name: /^hr Accounts/ }))
    await waitFor(() => expect(history.at(-1)).toBe('/changes?connection=hr&stream=accounts'))
    fireEvent.click(screen.getByRole('button', { name: /^hr Accounts/ }))
    await waitFor(() => expect(history.at(-1)).toBe('/changes'))
  })

  it('goes on to look, rather than say there is nothing, where a search has not been all the way', async () => {
    open('/changes?q=zoe', { items: [], next_cursor: 'x', searched_to: '2026-11-01T00:00:00Z' })
    await screen.findByRole('button', { name: 'Search further back' })
    expect(screen.queryByText('Nothing matches')).toBeNull()
  })

  it('says that nothing was read, and not that nothing changed', async () => {
    open('/changes?until=2026-06-30', { items: [], explanation: 'Nothing was read before 1 Oct 2026.', first_read_at: '2026-10-01T04:22:00Z' }, { items: [], added: 0, changed: 0, removed: 0 })
    await screen.findByText(/^Nothing was read before 1 Oct 2026/)
    expect(screen.queryByText('Nothing changed')).toBeNull()
  })

  it('says that nothing changed in a quiet period', async () => {
    open('/changes', { items: [] }, { items: [], added: 0, changed: 0, removed: 0 })
    await screen.findByText('Nothing changed')
  })
})
