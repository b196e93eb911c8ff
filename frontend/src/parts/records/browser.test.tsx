import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Source } from '@/api/types'
import { standIn } from '@/test/agent'
import { record } from '@/test/fixtures'
import { draw } from '@/test/render'
import { RecordBrowser } from './RecordBrowser'

beforeEach(() => vi.setSystemTime(new Date(2026, 10, 29, 12)))
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const firstRead = new Date(2026, 10, 29, 9, 8).toISOString()
const source = (over: Partial<Source>): Source => ({
  connection: 'c1', alias: 'hr', connector_name: 'CSV file', state: 'complete', explanation: 'everything was read', health: 'healthy',
  reason: 'on_time', streams: ['accounts'], records: 3, first_read_at: firstRead, last_complete_at: firstRead, ...over,
})

/** The list of accounts with one answer of the agent; what it was asked for. */
function accounts(page: object, path = '/') {
  const queries: URLSearchParams[] = []
  standIn({
    'GET /api/v1/records': (request: Request) => {
      queries.push(new URL(request.url).searchParams)
      return page
    },
    'GET /api/v1/kinds/account/fields': { items: [{ name: 'name', type: 'text' }] },
  })
  draw(<RecordBrowser scope={{ kind: 'account' }} kind="account" several empty="Nothing yet." />, { path })
  return queries
}

describe('a list as of a day', () => {
  it('before the first read says so, and counts nothing', async () => {
    const explanation = 'Nothing was read before 29 Nov 2026 09:08 UTC.'
    const queries = accounts({ items: [], matched: 0, as_of: '2026-06-30T23:59:59Z', explanation, first_read_at: firstRead, sources: [] }, '/?on=2026-06-30&q=ann')
    await screen.findByText(/^Nothing was read before 29 Nov 2026 09:08 \(UTC\S*\)$/)
    expect(queries[0]?.get('as_of')).toBe('2026-06-30')
    expect(document.body.textContent).not.toContain('0 records')
    expect(document.body.textContent).not.toContain('No record')
  })

  it('that is today means now, and says the time with its zone', async () => {
    const queries = accounts({ items: [record()], matched: 1, as_of: new Date(2026, 10, 29, 9, 24).toISOString() }, '/?on=2026-11-29')
    const status = await screen.findByText(/1 record/)
    expect(status.textContent).toMatch(/^1 record at 29 Nov 2026 09:24 \(UTC\S*\)$/)
    expect(queries[0]?.has('as_of')).toBe(false)
  })

  it('that is over says its end', async () => {
    accounts({ items: [record()], matched: 1, as_of: new Date(2026, 5, 30, 23, 59, 59, 999).toISOString() }, '/?on=2026-06-30')
    expect((await screen.findByText(/1 record/)).textContent).toMatch(/^1 record at the end of 30 Jun 2026 \(UTC\S*\)$/)
  })
})

describe('the sources of a list', () => {
  it('are named above the rows when they leave it short', async () => {
    accounts({
      items: [record()], matched: 1,
      sources: [
        source({ alias: 'badge', connection: 'c2', state: 'partial', explanation: '4 rows could not be read' }),
        source({ alias: 'payroll', connection: 'c3', state: 'failing', explanation: 'the latest run could not sign in' }),
        source({}),
        source({ alias: 'old', connection: 'c4', state: 'missing', explanation: 'nothing was read of it' }),
      ],
    })
    await screen.findByText('3 of 4 connections are incomplete or old, so records may be missing here.')
    const list = [...document.querySelectorAll('[data-source]')].map((e) => `${e.getAttribute('data-source')} ${e.getAttribute('data-state')}: ${e.textContent}`)
    expect(list).toEqual([
      'badge partial: badgeRead in part4 rows could not be read.',
      'payroll failing: payrollFailingThe latest run could not sign in.',
      'old missing: oldNot readNothing was read of it.',
    ])
    expect(screen.getByRole('link', { name: 'payroll' }).getAttribute('href')).toBe('/connections/payroll')
    const table = await screen.findByRole('grid', { name: 'Records' })
    expect(screen.getByRole('region', { name: 'Sources' }).compareDocumentPosition(table)).toBe(Node.DOCUMENT_POSITION_FOLLOWING)
  })

  it('are counted in a line when nothing is wrong with them', async () => {
    accounts({ items: [record()], matched: 1, sources: [source({}), source({ connection: 'c2', alias: 'b' })] })
    await screen.findByText('From 2 connections. The last read of each was complete.')
  })
})

describe('a record beside the list', () => {
  const detail = (key: string) => ({
    stream: 'accounts', stream_title: 'Accounts', kind: 'account', key, state: 'present', title: `Name of ${key}`, versions: 1, changed_at: firstRead,
    fields: [
      { name: 'email', title: 'Email', doc: 'Where mail goes.', type: 'text', value: 'ann@example.com', known: true },
      { name: 'mfa', title: 'MFA', type: 'word', value: 'unknown', known: false },
      { name: 'admin', title: 'Admin', type: 'word', known: false },
    ],
    connection: { id: 'c1', alias: 'hr', connector: 'envoy', connector_name: 'Envoy', health: 'healthy', reason: 'on_time', explanation: 'All is well.' },
  })

  function open(path = '/') {
    standIn({
      'GET /api/v1/records': { items: [record({ key: 'e1' }), record({ key: 'e2' })], matched: 2 },
      'GET /api/v1/kinds/account/fields': { items: [{ name: 'name', type: 'text', rank: 1 }] },
      'GET /api/v1/connections/hr/record': (request: Request) => detail(new URL(request.url).searchParams.get('key') ?? ''),
      'GET /api/v1/connections/hr/record/versions': { items: [], stream: 'accounts', kind: 'account', title: 'x' },
    })
    const view = draw(<RecordBrowser scope={{ kind: 'account' }} kind="account" several empty="Nothing yet." />, { path })
    // The panel stands beside the list where there is room.
    window.matchMedia = (query) => Object.assign(new EventTarget(), { matches: true, media: query }) as unknown as MediaQueryList
    return view
  }

  const row = (index: number) => document.querySelector<HTMLElement>(`[data-place="${index}:-1"]`)

  it('is opened by Space, follows the arrows, and is closed by Esc with the focus back on its row', async () => {
    const { history } = open()
    await screen.findByRole('grid', { name: 'Records' })
    row(0)?.focus()
    fireEvent.keyDown(row(0) as Element, { key: ' ' })
    await screen.findByRole('heading', { name: 'Name of e1' })
    expect(history.at(-1)).toBe('/?peek=hr%2Faccounts%2Fe1')
    fireEvent.keyDown(row(0) as Element, { key: 'ArrowDown' })
    await screen.findByRole('heading', { name: 'Name of e2' })
    expect(document.activeElement).toBe(row(1))
    expect(row(1)?.getAttribute('aria-selected')).toBe('true')
    fireEvent.keyDown(screen.getByRole('button', { name: 'Copy link' }), { key: 'Escape' })
    await waitFor(() => expect(screen.queryByRole('heading', { name: 'Name of e2' })).toBeNull())
    expect(document.activeElement).toBe(row(1))
  })

  it('says once what its system does not tell', async () => {
    open('/?peek=hr%2Faccounts%2Fe1')
    await screen.findByText('Envoy does not tell: MFA, Admin.')
    expect(screen.getByText('Where mail goes.')).toBeDefined()
    expect(screen.queryByText('unknown')).toBeNull()
  })

  it('takes the focus along with Enter', async () => {
    open()
    await screen.findByRole('grid', { name: 'Records' })
    fireEvent.keyDown(row(0) as Element, { key: 'ArrowDown' })
    fireEvent.keyDown(row(1) as Element, { key: 'Enter' })
    await screen.findByRole('heading', { name: 'Name of e2' })
    await waitFor(() => expect(document.activeElement?.tagName).toBe('H2'))
  })
})
