import { cleanup, fireEvent, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Entry } from '@/api/types'
import { Refused, standIn } from '@/test/agent'
import { draw } from '@/test/render'
import ActivityPage from './ActivityPage'
import { changesOf, placeOf, sentenceOf } from './entries'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const entry = (over: Partial<Entry> = {}): Entry => ({
  number: 3, at: '2026-11-29T08:08:00Z', actor: { kind: 'person', id: '1000', name: 'anna', auth: 'one-time link' }, action: 'changed', collection: 'connection',
  key: 'c1', title: 'hr', revision: 2, link: 'abcdef0123456789', before: { schedule: '@daily', revision: 1 }, document: { schedule: '@hourly', revision: 2 }, ...over,
})

describe('an entry', () => {
  it('is a sentence that names who did what', () => {
    const said = (over: Partial<Entry>) => sentenceOf(entry(over))
    expect(said({})).toBe('anna (browser) changed the connection hr.')
    expect(said({ document: { paused: { by: 'person' } } })).toBe('anna (browser) paused the connection hr.')
    expect(said({ before: { paused: {} }, document: {} })).toBe('anna (browser) resumed the connection hr.')
    expect(said({ actor: { kind: 'agent', auth: 'local process' }, action: 'deleted' })).toBe('Plumbline itself removed the connection hr.')
    expect(said({ collection: 'odd_noun', action: 'created', title: '' })).toBe('anna (browser) added the odd noun c1.')
    expect(said({ collection: 'account_decision', title: 'ben', action: 'created' })).toBe('anna (browser) decided about the account ben.')
    expect(said({ collection: 'person_precedence', title: '' })).toBe('anna (browser) changed the order of the sources of people.')
    expect(said({ collection: 'export', title: 'accounts.csv', action: 'created' })).toBe('anna (browser) exported accounts.csv.')
    const claude = { kind: 'assistant', id: 'claude', name: 'anna', auth: 'socket peer' } as const
    const call = { actor: claude, collection: 'assistant_call', title: 'search_records' }
    expect(said({ ...call, document: { outcome: 'answered' } })).toBe('The assistant claude, run by anna asked search_records.')
    expect(said({ ...call, document: { outcome: 'refused' } })).toBe('The assistant claude, run by anna asked search_records and was refused.')
    expect(said({ title: 'h\u202Er' })).toContain('U+202E')
  })

  it('says what it changed, field by field, and of a secret only when it was set', () => {
    const before = { schedule: '@daily', settings: { host: 'a', same: 1 }, secrets: [{ name: 'token', set_at: '2025' }], updated_at: 'x' }
    const document = { schedule: '', settings: { host: 'b', same: 1 }, secrets: [{ name: 'token', set_at: '2026' }], updated_at: 'y' }
    expect(changesOf({ before, document })).toEqual([
      { field: 'schedule', before: '@daily', after: '' },
      { field: 'secrets.token', before: '2025', after: '2026' },
      { field: 'settings.host', before: 'a', after: 'b' },
    ])
    expect(changesOf({ document })).toEqual([])
  })

  it('has no document in its words: who, when, lists and yes or no are said', () => {
    const by = { kind: 'person', id: '1', name: 'anna', auth: 'socket peer' }
    const before = { schedule: '@daily', settings: { deep: true, only: [] }, paused: { since: '2026-11-29T08:08:00Z', by } }
    const document = { schedule: '', settings: { deep: false, only: ['a', 'b'] }, disconnection: { at: '2026-11-29T08:08:00Z', by } }
    const changes = changesOf({ before, document })
    expect(changes.map(({ field }) => field)).toEqual(['paused.by', 'paused.since', 'schedule', 'settings.deep', 'settings.only'])
    expect(changes.map(({ before: was, after }) => `${was} > ${after}`)).toEqual([
      'anna (this machine) > ', expect.stringMatching(/^29 Nov 2026.* > $/), '@daily > ', 'yes > no', ' > a, b',
    ])
    expect(sentenceOf(entry({ before, document }))).toBe('anna (browser) disconnected hr and kept its history.')
    expect(sentenceOf(entry({ before: document, document: before }))).toBe('anna (browser) connected hr again.')
    expect(changesOf({ before: { rules: { a: { b: { c: 1 } } } }, document: { rules: { a: { b: { c: 2 } } } } })).toEqual([
      { field: 'rules.a', before: 'b: c: 1', after: 'b: c: 2' },
    ])
  })

  it('leads to what it is about while that is there', () => {
    expect(placeOf(entry())).toBe('/connections/hr')
    expect(placeOf(entry({ action: 'deleted' }))).toBeUndefined()
  })
})

describe('Activity', () => {
  it('asks for what the address says and can clear it', async () => {
    let asked = ''
    standIn({
      'GET /api/v1/audit': (request: Request) => {
        asked = new URL(request.url).search
        return { items: [] }
      },
      'GET /api/v1/storage': { disk: {}, bytes: 0, key: '' },
    })
    const { history } = draw(<ActivityPage />, { path: '/activity?actor=anna&since=2026-01-01' })
    fireEvent.click(await screen.findByRole('button', { name: 'Clear the filters' }))
    expect(asked).toContain('actor=anna')
    expect(asked).toContain('since=2026-01-01')
    expect(history.at(-1)).toBe('/activity')
  })

  it('is exported as it is filtered', async () => {
    const asked = standIn({
      'GET /api/v1/audit': { items: [entry()] }, 'GET /api/v1/storage': { disk: {}, bytes: 0, key: '' },
      'POST /api/v1/exports': new Refused(409, { code: 'busy', detail: 'not now' }),
    })
    draw(<ActivityPage />, { path: '/activity?actor=anna' })
    fireEvent.click(await screen.findByRole('button', { name: 'Export' }))
    expect(screen.getByRole('dialog').textContent).toContain('Who: anna')
    fireEvent.click(screen.getAllByRole('button', { name: 'Export', hidden: true }).at(-1) as Element)
    await screen.findByRole('alert')
    expect(asked.find((one) => one.path === '/api/v1/exports')?.body).toEqual({ what: 'audit', format: 'csv', actor: 'anna' })
  })

  it('shows the entries by day, what changed, and whether the chain was compared', async () => {
    const verified = { finished_at: '2026-11-29T08:08:00Z', audit: { length: 3 }, bad: [], connections: [] }
    standIn({ 'GET /api/v1/audit': { items: [entry()], next_cursor: '5' }, 'GET /api/v1/storage': { disk: {}, bytes: 0, key: '', verified } })
    draw(<ActivityPage />, { path: '/activity' })
    await screen.findByText('anna (browser) changed the connection hr.')
    expect(screen.getByRole('heading', { name: 'Sunday, 29 November 2026' })).toBeTruthy()
    expect(document.querySelector('del')?.textContent).toBe('@daily')
    expect(document.querySelector('ins')?.textContent).toBe('@hourly')
    expect(await screen.findByText(/the chain of all 3 entries is whole/)).toBeTruthy()
    expect(screen.getByRole('button', { name: 'Show older' })).toBeTruthy()
  })
})
