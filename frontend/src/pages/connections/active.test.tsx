import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { keys } from '@/api/keys'
import type { ConnectionItem } from '@/api/types'
import { Refused, standIn } from '@/test/agent'
import { connection, item } from '@/test/fixtures'
import { draw } from '@/test/render'
import { ConnectionsPage } from './ConnectionsPage'

beforeEach(() => vi.useFakeTimers({ shouldAdvanceTime: true }))
afterEach(() => {
  cleanup()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const counts = { healthy: 2, unhealthy: 1, unknown: 0, paused: 0, queued: 0, running: 0 }
const page = (items: ConnectionItem[], over: object = {}) => ({
  items, before: 0, matched: items.length, total: 3, needs_you: 1,
  facets: [
    { name: 'health', values: [{ value: 'unhealthy', count: 1 }, { value: 'healthy', count: 2 }, { value: 'paused', count: 0 }, { value: 'unknown', count: 0 }] },
    { name: 'reason', values: [{ value: 'on_time', count: 2 }] },
    { name: 'category', values: [{ value: 'hris', count: 3 }] },
    { name: 'owner', values: [{ value: 'none', count: 2 }, { value: 'Anna', count: 1 }] },
  ],
  ...over,
})
const trouble = { step: 'Sign in', message: 'the key was refused', remedy: 'Make a new one.', action: 'edit' as const }
const bad = item({ id: '1', alias: 'badge', health: 'unhealthy', reason: 'action_required', needs_you: true, trouble, owner: 'Anna' })
const hr = item({ id: '2', alias: 'hr', recent: { statuses: 'fsp', seconds: [1, 2, 3] } })
const crm = item({ id: '3', alias: 'crm' })

const routes = (list: unknown) => ({
  'GET /api/v1/status': { counts, demo: false },
  'GET /api/v1/categories': { items: [{ id: 'hris', title: 'HRIS' }] },
  'GET /api/v1/connectors': { items: [] },
  'GET /api/v1/views/connections': { items: [{ page: 'connections', name: 'Mine', query: 'owner=Anna' }] },
  'GET /api/v1/connections': list,
})

async function drawList(more: object = {}, list: unknown = page([bad, hr, crm]), path = '/connections') {
  const asked = standIn({ ...routes(list), ...more })
  const view = draw(<ConnectionsPage tab="active" />, { path })
  await screen.findByRole('link', { name: 'hr' })
  return { ...view, asked, address: () => view.history.at(-1) }
}
const aliases = () => [...document.querySelectorAll('tr[data-alias]')].map((row) => row.getAttribute('data-alias')).join(' ')
const button = (name: string | RegExp) => screen.getByRole('button', { name })
const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key })

describe('the list of connections', () => {
  it('says first how many need a person, and leads to them', async () => {
    const { address } = await drawList()
    fireEvent.click(button('1 needs you'))
    expect(address()).toBe('/connections?needs=you')
  })

  it('leads from what the latest run changed to those changes', async () => {
    const changed = item({ id: '2', alias: 'hr', last_run: { id: 'r7', status: 'succeeded', added: 1, changed: 18 } })
    await drawList({}, page([changed]))
    const links = screen.getAllByRole('link').filter((link) => link.textContent === '+1 ~18')
    expect(links.length).toBeGreaterThan(0)
    expect(links.every((link) => link.getAttribute('href') === '/changes?connection=2&run=r7')).toBe(true)
  })

  it('is exported with the filters that it has', async () => {
    const { asked } = await drawList({ 'POST /api/v1/exports': new Refused(409, { code: 'busy', detail: 'not now' }) }, undefined, '/connections?needs=you&reason=on_time&order=alias')
    fireEvent.click(button('Export'))
    expect(screen.getByRole('dialog').textContent).toContain('Reason: On time')
    fireEvent.click(screen.getAllByRole('button', { name: 'Export', hidden: true }).at(-1) as Element)
    await screen.findByRole('alert')
    expect(asked.find((one) => one.path === '/api/v1/exports')?.body).toEqual({ what: 'connections', format: 'csv', needs: 'you', reason: ['on_time'], order: 'urgent' })
  })

  it.each([
    ['1024', '(max-width: 81.99rem)'],
    ['400', '(max-width: 56.24rem)'],
  ])('loses nothing at %s pixels', async (_, narrowest) => {
    const media = (query: string) =>
      Object.assign(new EventTarget(), { matches: query === narrowest || (query === '(max-width: 81.99rem)'), media: query }) as unknown as MediaQueryList
    // The test's own browser sets one for every test; this one stays.
    Object.defineProperty(window, 'matchMedia', { get: () => media, set: () => undefined, configurable: true })
    try {
      await drawList()
      const text = document.querySelector('table')?.textContent ?? ''
      for (const title of ['Last success', 'Next run', 'Records', 'Last changes', 'Owner']) expect(text).toContain(title)
      expect(document.querySelectorAll('[data-strip]').length).toBeGreaterThan(0)
    } finally {
      Reflect.deleteProperty(window, 'matchMedia')
    }
  })

  it('offers the one action that helps beside what failed', async () => {
    await drawList()
    expect(screen.getByText('Sign in').closest('tr')?.textContent).toContain('The key was refused. Make a new one.')
    expect(screen.getByRole('link', { name: 'Edit settings: badge' }).getAttribute('href')).toBe('/connections/badge/edit')
  })

  it('writes facets, order and groups into the address', async () => {
    const { address } = await drawList()
    fireEvent.click(button(/^Unhealthy\s*1$/))
    expect(address()).toBe('/connections?health=unhealthy')
    fireEvent.click(screen.getAllByRole('button', { name: 'Owner' })[0] ?? document.body)
    fireEvent.click(await screen.findByRole('checkbox', { name: /^Anna/ }))
    expect(address()).toBe('/connections?health=unhealthy&owner=Anna')
    fireEvent.change(screen.getByLabelText('Group'), { target: { value: 'owner' } })
    expect(address()).toContain('group=owner')
  })

  it('asks only for what exists, whatever the address says', async () => {
    const queries: string[] = []
    await drawList({}, (request: Request) => {
      queries.push(new URL(request.url).search)
      return page([hr])
    }, '/connections?health=ill&health=paused&order=-records&group=shoe&q=a')
    expect(queries[0]).toBe('?q=a&health=paused&order=-records&limit=50&facets=true')
  })

  it('sorts by a column, and the other way round', async () => {
    const { address } = await drawList()
    fireEvent.click(button('Records'))
    expect(address()).toBe('/connections?order=-records')
    fireEvent.click(button('Records'))
    expect(address()).toBe('/connections?order=records')
    expect(button('Records').closest('th')?.getAttribute('aria-sort')).toBe('ascending')
  })

  it('has a heading for each group', async () => {
    await drawList({}, page([bad, hr, crm]), '/connections?group=owner')
    expect(screen.getAllByRole('rowheader').filter((h) => h.getAttribute('scope') === 'rowgroup').map((h) => h.textContent)).toEqual(['Anna1', 'No owner2'])
  })

  it('says in one text how the runs ended, and has them as a table', async () => {
    const run = { ...connection().last_run, id: 'r9', status: 'failed' }
    await drawList({ 'GET /api/v1/runs': { items: [run] } })
    fireEvent.click(screen.getAllByRole('button', { name: /The latest 3 runs: .*1 failed.* The last one: failed/ })[0] ?? document.body)
    expect((await screen.findByRole('cell', { name: 'Failed' })).closest('table')?.querySelectorAll('th')).toHaveLength(3)
  })

  it('opens a saved view, and saves this list', async () => {
    const { asked, address } = await drawList({ 'PUT /api/v1/views/connections/Late%20ones': { page: 'connections', name: 'Late ones', query: 'reason=late' } }, page([hr]), '/connections?reason=late')
    fireEvent.click(button('Views'))
    expect((await screen.findByRole('link', { name: 'Mine' })).getAttribute('href')).toBe('/connections?owner=Anna')
    fireEvent.click(button('Save this view'))
    fireEvent.change(await screen.findByLabelText('Name'), { target: { value: 'Late ones' } })
    fireEvent.click(button('Save'))
    await waitFor(() => expect(asked.find((a) => a.method === 'PUT')?.body).toEqual({ query: 'reason=late' }))
    expect(address()).toBe('/connections?reason=late')
  })
})

describe('rows that change while a person reads', () => {
  it('stay where they are, and what is new waits until it is asked for', async () => {
    let items = [hr, crm]
    const { cache } = await drawList({}, () => page(items))
    expect(aliases()).toBe('hr crm')
    items = [bad, { ...crm, health: 'unhealthy', reason: 'degraded' }]
    await act(() => cache.invalidateQueries({ queryKey: keys.connections }))
    await screen.findByText('1 new, show')
    expect(aliases()).toBe('hr crm')
    expect(document.querySelector('tr[data-alias=crm] [data-health]')?.getAttribute('data-health')).toBe('unhealthy') // patched in place
    expect(document.querySelector('tr[data-alias=crm] .flash')).not.toBeNull()
    expect(document.querySelector('tr[data-alias=hr]')?.textContent).toContain('Not in this list any more')
    act(() => void press('.'))
    expect(aliases()).toBe('badge crm')
    expect(screen.queryByText('1 new, show')).toBeNull()
  })
})

describe('several connections at once', () => {
  const select = (alias: string, shiftKey = false) => fireEvent.click(screen.getByRole('checkbox', { name: `Select ${alias}` }), { shiftKey })

  it('are selected by range and by key', async () => {
    await drawList()
    select('badge')
    select('crm', true)
    expect(screen.getByText('3 selected')).toBeTruthy()
    expect(['badge', 'hr', 'crm'].map((alias) => screen.getByRole<HTMLInputElement>('checkbox', { name: `Select ${alias}` }).checked)).toEqual([true, true, true])
    screen.getByRole('link', { name: 'hr' }).focus()
    act(() => void press('x'))
    expect(screen.getByText('2 selected')).toBeTruthy()
    act(() => void press('j'))
    expect(document.activeElement?.textContent).toBe('crm')
  })

  it('are all selected that match, also those on other pages', async () => {
    const others = [bad, hr, crm, item({ id: '4', alias: 'far' })]
    await drawList({}, (request: Request) => (new URL(request.url).searchParams.get('limit') === '1000' ? page(others, { matched: 4 }) : page([bad, hr, crm], { matched: 4 })))
    select('hr')
    fireEvent.click(button('Select all 4 that match'))
    await screen.findByText('4 selected')
  })

  it('are paused after a preview; what failed is named and tried again; what was done is undone', async () => {
    let refuses = true
    const { asked } = await drawList({
      'POST /api/v1/connections/1/pause': () => (refuses ? new Refused(409, { code: 'conflict', detail: 'badge is being changed' }) : connection()),
      'POST /api/v1/connections/2/pause': connection(),
      'POST /api/v1/connections/1/resume': connection(),
      'POST /api/v1/connections/2/resume': connection(),
    }, page([bad, hr, { ...crm, paused: { since: '2026-11-29T08:08:00Z', by: 'person', reason: '' } }]))
    select('badge')
    select('crm', true)
    fireEvent.click(within(screen.getByRole('region', { name: /selected connections/ })).getByRole('button', { name: 'Pause' }))
    const dialog = await screen.findByRole('dialog')
    expect(dialog.textContent).toContain('It concerns: badge, hr')
    expect(dialog.textContent).toContain('crm is paused already')
    fireEvent.click(within(dialog).getByRole('button', { name: 'Pause 2 connections' }))
    await screen.findByText('1 connection is paused.')
    expect(screen.getByText('badge is being changed').closest('li')?.textContent).toContain('badge:')
    refuses = false
    fireEvent.click(button('Try 1 again'))
    await screen.findByText('2 connections are paused.')
    fireEvent.click(button('Undo'))
    await screen.findByText('2 connections are as they were before.')
    expect(asked.filter((a) => a.path.endsWith('/resume')).map((a) => a.path.split('/')[4]).sort()).toEqual(['1', '2'])
  })
})
