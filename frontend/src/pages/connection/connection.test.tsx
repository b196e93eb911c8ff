import { cleanup, fireEvent, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { AuditEntry, Impact } from '@/api/types'
import { DisconnectDialog } from '@/parts/DisconnectDialog'
import { ImpactList } from '@/parts/impact/ImpactList'
import { checked } from '@/parts/impact/permissions'
import { standIn } from '@/test/agent'
import { connection, item, held, probe } from '@/test/fixtures'
import { draw } from '@/test/render'
import { deedsOf } from './deeds'
import DetailPage from './DetailPage'
import { Header } from './Header'
import { heldCsv, matching } from './heldList'
import { revisionAt } from './revision'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const impact = (over: Partial<Impact> = {}): Impact => ({
  connection: 'c1', alias: 'hr', records: 3, runs: 4, shared: [], holds: [],
  lists: [{ kind: 'account', records: 3, streams: [], others: [] }],
  credential: { secrets: [], people: [], permissions: [] }, ...over,
})
const answers = {
  'GET /api/v1/connections/c1/impact': impact(),
  'GET /api/v1/runs': { items: [] },
  'GET /api/v1/connections/c1/changes': { items: [] },
}

describe('disconnecting', () => {
  const routes = { ...answers, 'DELETE /api/v1/connections/c1': {} }
  const open = () => draw(<DisconnectDialog connection={item()} open onClose={() => undefined} />)

  it('keeps the history, and says first what depends on it', async () => {
    const seen: string[] = []
    standIn({ ...routes, 'DELETE /api/v1/connections/c1': (request: Request) => void seen.push(new URL(request.url).search) })
    open()
    await screen.findByText('It is the only source.')
    fireEvent.click(screen.getByRole('button', { name: 'Disconnect' }))
    await vi.waitFor(() => expect(seen).toEqual(['?history=keep']))
  })

  it('deletes the history only with the name typed', () => {
    standIn(routes)
    open()
    fireEvent.click(screen.getByLabelText(/Delete its history/))
    const button = screen.getByRole('button', { name: 'Delete for good' }) as HTMLButtonElement
    expect(button.disabled).toBe(true)
    fireEvent.change(screen.getByLabelText(/To delete it, type hr/), { target: { value: 'hr' } })
    expect(button.disabled).toBe(false)
  })
})

it('says in its head that the one whose credential it is left, and says nothing while all stay', async () => {
  const person = { name: 'Eva Dahl', email: 'eva@example.com', status: 'terminated', connection: 'bamboohr', stream: 's', key: 'k', role: 'identity', state: 'left' } as const
  let people: object[] = [{ ...person, state: 'stays' }]
  standIn({ ...answers, 'GET /api/v1/connections/c1/impact': () => impact({ credential: { secrets: [], permissions: [], people } as never }) })
  const { cache } = draw(<Header connection={connection()} />)
  await vi.waitFor(() => expect(cache.isFetching()).toBe(0))
  expect(screen.queryByRole('list', { name: 'Whose credential it is' })).toBeNull()
  people = [person]
  await cache.invalidateQueries()
  expect((await screen.findByRole('list', { name: 'Whose credential it is' })).textContent).toContain('Eva Dahl has left the company')
})

it('a person who left is named where a connection depends on them', () => {
  const person = { name: 'Eva Dahl', email: 'eva@example.com', status: 'terminated', connection: 'bamboohr', stream: 's', key: 'k', role: 'owner' } as const
  const people = [
    { ...person, state: 'left', ended_at: '2026-11-01T00:00:00Z' } as const,
    { ...person, key: 'l', name: 'Ben Cole', state: 'leaving', ended_at: '2026-12-31' } as const,
    { ...person, key: 'm', name: 'Ann Berg', state: 'stays' } as const,
  ]
  draw(<ImpactList impact={impact({ credential: { secrets: [], permissions: [], people } })} />)
  expect(document.body.textContent).toMatch(/Eva Dahl left the company on 1 Nov 2026/)
  expect(document.body.textContent).toMatch(/Ben Cole leaves the company on 31 Dec 2026/)
  expect(document.body.textContent).not.toMatch(/Ann Berg/)
})

describe('the tabs', () => {
  it('are addresses, and keys', async () => {
    standIn({ ...answers, 'GET /api/v1/connections/hr': connection(), 'GET /api/v1/connectors/csv': {} })
    const { history } = draw(<DetailPage connection="hr" />, { path: '/connections/hr' })
    await screen.findByRole('link', { name: 'Overview', current: 'page' })
    fireEvent.keyDown(document.body, { key: '6' })
    expect(history.at(-1)).toBe('/connections/hr/settings')
  })

  it('of a disconnected connection offer to reconnect it, and no sync', async () => {
    const disconnection = { at: '2026-11-29T08:08:00Z', by: { kind: 'person', id: '1', name: 'anna', auth: 'socket peer' } } as const
    standIn({ ...answers, 'GET /api/v1/connections/hr': connection({ disconnection, reason: 'disconnected', health: 'unknown' }) })
    draw(<DetailPage connection="hr" />, { path: '/connections/hr' })
    await screen.findByRole('link', { name: 'Reconnect' })
    expect(screen.queryByRole('button', { name: 'Sync now' })).toBeNull()
    expect(document.querySelector('[data-health="disconnected"]')).not.toBeNull()
  })
})

describe('an entry of the audit log', () => {
  const entry = (before: object, document: object): AuditEntry => ({
    number: 7, at: '2026-11-29T08:00:00Z', actor: { kind: 'person', auth: 'socket peer' }, action: 'changed', collection: 'connection', key: 'c1',
    revision: 2, link: '', before, document,
  })
  it.each([
    ['a setting', entry({ settings: { path: '/a' } }, { settings: { path: '/b' } }), [{ what: 'setting', name: 'path', before: '/a', after: '/b' }]],
    ['a pause', entry({}, { paused: { since: 'x' } }), [{ what: 'paused' }]],
    [
      'a disconnection with its secrets and schedule',
      entry({ schedule: '@daily', secrets: [{ name: 'token', set_at: 'a' }] }, { schedule: '', secrets: [], disconnection: {} }),
      [{ what: 'disconnected' }, { what: 'secretDropped', name: 'token' }],
    ],
    ['a new secret', entry({ secrets: [{ name: 'token', set_at: 'a' }] }, { secrets: [{ name: 'token', set_at: 'b' }] }), [{ what: 'secretSet', name: 'token' }]],
    ['nothing', entry({ revision: 1 }, { revision: 2 }), [{ what: 'other' }]],
  ])('tells %s', (_, one, want) => {
    expect(deedsOf(one)).toEqual(want)
  })

  it('tells which revision a run had', () => {
    const entries = [{ ...entry({}, {}), revision: 3, at: '2026-11-29T10:00:00Z' }, { ...entry({}, {}), revision: 2, at: '2026-11-29T08:00:00Z' }]
    expect([revisionAt(entries, '2026-11-29T09:00:00Z'), revisionAt(entries, '2026-11-29T07:00:00Z')]).toEqual(['2', '–'])
  })
})

it('a permission of a new credential is what its probe says', () => {
  const probes = [probe({ permission: 'users.read', state: 'missing' }), probe({ permission: 'all', state: 'too_broad' })]
  expect([checked('users.read', probes), checked('all', probes), checked('other', probes)]).toEqual(['missing', 'too_broad', 'unknown'])
})

it('a held list is searched by name and key, and saved so that a spreadsheet runs nothing', () => {
  const records = [{ key: 'e1', name: 'Ann "A" Berg' }, { key: 'x9', name: '=cmd()' }]
  expect(matching(records, 'BERG')).toHaveLength(1)
  expect(heldCsv('hr', held(), records)).toMatch(/"Ann ""A"" Berg",e1\r\n'=cmd\(\),x9\r\n$/)
})
