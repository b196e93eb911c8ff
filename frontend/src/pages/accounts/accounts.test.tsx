import { cleanup, configure, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Refused, silence, standIn } from '@/test/agent'
import { expectAccessible } from '@/test/axe'
import { account, accountList, report, result, stray, suggestion } from '@/test/people'
import { draw } from '@/test/render'
import AccountsPage from './AccountsPage'

// axe looks at whole pages, which takes a busy machine a while.
vi.setConfig({ testTimeout: 30_000 })
configure({ asyncUtilTimeout: 5_000 })

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

type Page = Parameters<typeof AccountsPage>[0]['page']

/** The page of accounts with the answers of an agent. */
function open(answers: Record<string, unknown>, { page, path = '/accounts', lostAt, compare = false }: { page?: Page; path?: string; lostAt?: number; compare?: boolean } = {}) {
  const asked = standIn({ 'GET /api/v1/people': { items: [], facets: [], position: { state: 'following', streams: 1, read: 1 }, matched: 0 }, ...answers })
  const view = draw(<AccountsPage {...(page && { page })} compare={compare} />, { path, ...(lostAt && { lostAt }) })
  // The panel stands beside the list where there is room.
  window.matchMedia = (query) => Object.assign(new EventTarget(), { matches: true, media: query }) as unknown as MediaQueryList
  return { ...view, asked, address: () => view.history.at(-1) }
}

const list = (answer: unknown) => ({ 'GET /api/v1/accounts': answer })
const button = (name: string | RegExp) => screen.getByRole('button', { name })
/** The button of a facet, which stands before the heading of that name. */
const menu = (name: string) => screen.getAllByRole('button', { name })[0] as HTMLElement
const row = (index: number) => document.querySelector<HTMLElement>(`[data-place="${index}:-1"]`)
const press = (key: string) => fireEvent.keyDown(document.activeElement ?? document.body, { key })

describe('a page of accounts', () => {
  it('says that it is loading, and what went wrong, with the way to try again', async () => {
    let fails = true
    open(list(() => (fails ? new Refused(500, { code: 'internal.bug', detail: 'the index broke', remedy: 'Report it.' }) : accountList([account()]))))
    expect(screen.getByRole('status', { name: 'Loading the accounts' })).toBeTruthy()
    expect((await screen.findByRole('alert')).textContent).toContain('The index broke.Report it.')
    await expectAccessible()
    fails = false
    fireEvent.click(button('Try again'))
    await screen.findByRole('grid', { name: 'Accounts' })
  })

  it('without any account names the connection that would bring some', async () => {
    open(list(accountList([], { matched: 0 })), { page: 'infrastructure' })
    await screen.findByText(/Connect your cloud provider/)
    expect(screen.getByRole('link', { name: 'See what can be connected' }).getAttribute('href')).toBe('/connections/available?category=infrastructure')
    await expectAccessible()
  })

  it('filtered to nothing says so, and clears the filter', async () => {
    const { address } = open(list(accountList([], { matched: 0 })), { path: '/accounts?facet=flag:dormant&q=x' })
    await screen.findByText('No account matches')
    fireEvent.click(button('Clear the filters'))
    expect(address()).toBe('/accounts')
  })

  it('that is being read counts nothing and says how far it is', async () => {
    open(list({ ...accountList([]), matched: undefined, position: { state: 'building', streams: 7, read: 3 } }))
    await screen.findByText('The accounts are still being read: 3 of 7 lists so far. This page fills by itself.')
    expect(document.body.textContent).not.toContain('0 accounts')
  })

  it('names the sources that leave it short, above the rows', async () => {
    const source = { connection: 'c1', alias: 'cloud', connector_name: 'Cloud', state: 'failing', explanation: 'it could not sign in', health: 'unhealthy', reason: 'failing', streams: [], records: 3 }
    open(list(accountList([account()], { sources: [source as never] })))
    await screen.findByText(/could not sign in/i)
    expect(document.querySelector('[data-source=cloud]')?.getAttribute('data-state')).toBe('failing')
  })

  it('says that nothing changes at the source', async () => {
    open(list(accountList([account()])))
    await screen.findByRole('grid', { name: 'Accounts' })
    expect(screen.getByText(/It never changes the source\./)).toBeTruthy()
  })

  it('has no such page for another word', () => {
    open({}, { page: 'shoes' })
    expect(screen.getByRole('heading', { level: 1 }).textContent).toBe('There is no such page')
  })
})

describe('the list', () => {
  it('asks for its page with the facets of the address, and writes them there', async () => {
    const queries: string[] = []
    const { address } = open(list((request: Request) => {
      queries.push(new URL(request.url).search)
      return accountList([account(), stray()])
    }), { page: 'version-control', path: '/accounts/version-control?facet=flag:dormant&facet=colour:red' })
    await screen.findByRole('grid', { name: 'Accounts' })
    expect(queries[0]).toBe('?facet=flag%3Adormant&page=version-control&offset=0&limit=200')
    fireEvent.click(button(/^Leaver still active\s*1$/))
    expect(address()).toBe('/accounts/version-control?facet=flag%3Adormant&facet=flag%3Aleaver_active')
    fireEvent.click(menu('Held by'))
    fireEvent.click(await screen.findByRole('checkbox', { name: /^Service/ }))
    expect(address()).toContain('facet=kind%3Aservice')
    await expectAccessible()
  })

  it('says whose each account is, and what is to see to', async () => {
    open(list(accountList([account({ link: { state: 'linked', by: 'email', person: { id: 'p1', name: 'Lou', status: 'left' } }, flags: ['leaver_active', 'dormant'] }), stray()])))
    await screen.findByRole('grid', { name: 'Accounts' })
    expect(row(0)?.textContent).toContain('LouLeft')
    expect(row(0)?.textContent).toContain('Leaver still active+1')
    expect(row(1)?.textContent).toContain('1 suggestion')
  })

  it('asks by place for rows far down, and nothing in between', async () => {
    const offsets: string[] = []
    open(list((request: Request) => {
      const offset = Number(new URL(request.url).searchParams.get('offset'))
      offsets.push(String(offset))
      return accountList(Array.from({ length: 200 }, (_, i) => account({ id: `a${offset + i}`, name: `N${offset + i}` })), { matched: 100_000 })
    }))
    await screen.findByRole('grid', { name: 'Accounts' })
    row(0)?.focus()
    press('End')
    fireEvent.scroll(document.querySelector('[data-grid-box]') as Element)
    await waitFor(() => expect(row(99_999)?.textContent).toContain('N99999'))
    expect(offsets).toEqual(['0', '99800'])
  })
})

describe('several accounts', () => {
  const privileged = { code: 'conflict', message: 'root is privileged, and is not linked together with others', remedy: 'Link it by itself.', fault: 'customer' as const }

  it('are selected by keys, linked after a preview, and what is refused is named', async () => {
    const bodies: unknown[] = []
    open({
      ...list(accountList([stray(), stray({ id: 'a3', name: 'root' })])),
      'GET /api/v1/people': { items: [{ id: 'p2', name: 'Bo Dahl', status: 'active', sources: [] }], facets: [], matched: 1, position: { state: 'following', streams: 1, read: 1 } },
      'POST /api/v1/accounts/decisions': async (request: Request) => {
        const body = (await request.json()) as { preview: boolean; change: { undo?: boolean } }
        bodies.push(body)
        if (body.change.undo) return report([result({ outcome: 'changed' })], false)
        return report([result({ outcome: body.preview ? 'would_change' : 'changed', revision: body.preview ? 0 : 4 }), result({ account: 'a3', account_name: 'root', outcome: 'refused', problem: privileged })], body.preview)
      },
    })
    await screen.findByRole('grid', { name: 'Accounts' })
    row(0)?.focus()
    press('x')
    press('j')
    press('X')
    expect(screen.getByText('2 selected')).toBeTruthy()
    press('l')
    const dialog = within(await screen.findByRole('dialog', { name: 'Link to a person: 2 accounts' }))
    expect(dialog.getByText('Fill in the form to see what it changes.')).toBeTruthy()
    fireEvent.click(await dialog.findByRole('radio', { name: /Bo Dahl/ }))
    await dialog.findByText('1 account changes')
    expect(dialog.getByText(/root is privileged/i).closest('li')?.textContent).toContain('Link it by itself.')
    await expectAccessible()
    fireEvent.click(dialog.getByRole('button', { name: 'Change 1 account' }))
    await screen.findByText('1 account changed.')
    expect(screen.getByText('1 was not changed:')).toBeTruthy()
    expect(bodies.at(-1)).toEqual({ ids: ['a2', 'a3'], revisions: { a2: 0, a3: 0 }, change: { person: 'p2' }, preview: false })
    fireEvent.click(button('Undo'))
    await screen.findByText('1 account is as before.')
    expect(bodies.at(-1)).toEqual({ ids: ['a2'], revisions: { a2: 4 }, change: { undo: true }, preview: false })
  })

  it('that match are taken as a question, and leave the scope only with a rationale', async () => {
    const bodies: unknown[] = []
    open({
      ...list(accountList([stray()], { matched: 5_000 })),
      'POST /api/v1/accounts/decisions': async (request: Request) => {
        bodies.push(await request.json())
        return report([result()], true)
      },
    }, { path: '/accounts?facet=flag:unlinked&q=b' })
    await screen.findByRole('grid', { name: 'Accounts' })
    fireEvent.click(screen.getByRole('checkbox', { name: 'Select B. Dahl' }))
    fireEvent.click(button('Select all 5,000 that match'))
    expect(screen.getByText('All 5,000 that match')).toBeTruthy()
    fireEvent.click(button('Take out of scope'))
    expect((await screen.findByRole<HTMLButtonElement>('button', { name: /^Change/ })).disabled).toBe(true)
    fireEvent.change(screen.getByLabelText('Rationale'), { target: { value: 'Test systems only' } })
    await screen.findByText('1 account changes')
    expect(bodies).toEqual([
      { query: { page: 'all', q: 'b', facets: ['flag:unlinked'] }, change: { in_scope: false, rationale: 'Test systems only' }, preview: true },
    ])
  })

  it('cannot be changed while Plumbline does not answer', async () => {
    const { lose } = open(list(accountList([stray()])))
    await screen.findByRole('grid', { name: 'Accounts' })
    fireEvent.click(screen.getByRole('checkbox', { name: 'Select B. Dahl' }))
    lose(Date.now())
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Unlink' }).disabled).toBe(true)
    expect(row(0)?.textContent).toContain('B. Dahl')
  })
})

describe('an account beside the list', () => {
  const beside = (one: object, history: unknown[] = []) => ({
    ...list(accountList([account(), stray()])),
    'GET /api/v1/accounts/a2': one,
    'GET /api/v1/accounts/a2/history': { items: history },
    'GET /api/v1/suggestions': { items: [suggestion({ privileged: 'yes' })], matched: 1, position: { state: 'following', streams: 1, read: 1 } },
  })

  it('says who it may be and why, and that nobody is linked unasked', async () => {
    open(beside(stray({ privileged: 'yes' })), { path: '/accounts?peek=a2' })
    const panel = within(await screen.findByRole('complementary', { name: 'Account' }))
    await panel.findByText('Both addresses begin with bd, at domains of the company.')
    expect(panel.getByText('80 % sure')).toBeTruthy()
    expect(panel.getByText(/never linked by a suggestion without you/)).toBeTruthy()
    expect(panel.getByRole('link', { name: 'Open the record' }).getAttribute('href')).toBe('/connections/cloud/records/users/k2')
    await expectAccessible()
    fireEvent.click(panel.getByRole('button', { name: 'Link Bo Dahl' }))
    expect(((await screen.findByRole('radio', { name: /Bo Dahl/ })) as HTMLInputElement).checked).toBe(true)
  })

  it('shows who decided what, and takes the latest back', async () => {
    const entry = {
      revision: 2, at: '2026-11-29T08:08:00Z', actor: { kind: 'person', id: '1', name: 'anna', auth: 'local' }, action: 'decided', decision: {},
      changes: [{ part: 'scope', before: 'in', after: 'out' }, { part: 'rationale', after: 'A test' }],
    }
    const { asked } = open({
      ...beside(stray({ in_scope: false, rationale: 'A test', flags: [], revision: 2 }), [entry]),
      'POST /api/v1/accounts/decisions': report([result({ outcome: 'changed' })], false),
    }, { path: '/accounts?peek=a2' })
    expect((await screen.findByText(/anna \(this machine\)/)).closest('li')?.textContent).toContain('In scope → Out of scope')
    fireEvent.click(button('Undo the latest'))
    await screen.findByText('1 account is as before.')
    expect(asked.find((one) => one.method === 'POST')?.body).toEqual({ ids: ['a2'], revisions: { a2: 2 }, change: { undo: true }, preview: false })
  })

  it('is opened by Space and closed by Esc with the focus back on its row', async () => {
    const { address } = open(beside(stray()))
    await screen.findByRole('grid', { name: 'Accounts' })
    row(0)?.focus()
    fireEvent.keyDown(row(0) as Element, { key: 'ArrowDown' })
    fireEvent.keyDown(row(1) as Element, { key: ' ' })
    await screen.findByRole('heading', { name: 'B. Dahl' })
    expect(address()).toBe('/accounts?peek=a2')
    fireEvent.keyDown(button('Close the account'), { key: 'Escape' })
    await waitFor(() => expect(screen.queryByRole('complementary', { name: 'Account' })).toBeNull())
    expect(document.activeElement).toBe(row(1))
  })

  it('that is gone says so', async () => {
    open({ ...beside(new Refused(404, { code: 'not_found', detail: 'there is no account a2' })) }, { path: '/accounts?peek=a2' })
    expect((await screen.findByRole('alert')).textContent).toContain('There is no account a2.')
  })
})

describe('two dates', () => {
  const found = {
    from: '2026-09-30T23:59:59Z', to: '2026-11-29T08:00:00Z', added: 1, removed: 0, changed: 1,
    items: [
      { account: 'a5', name: 'New', alias: 'cloud', change: 'added', cells: [] },
      { account: 'a2', name: 'B. Dahl', alias: 'cloud', change: 'changed', cells: [{ cell: 'mfa', before: 'yes', after: 'no' }, { cell: 'scope', before: 'in', after: 'out', decision: true }] },
    ],
    sources: [{ connection: 'c1', alias: 'cloud', state: 'compared' }, { connection: 'c2', alias: 'late', state: 'not_read', explanation: 'Nothing was read of it by then.' }],
  }

  it('are compared cell by cell, and what cannot be compared is named', async () => {
    const { asked, address } = open({ 'GET /api/v1/accounts/compare': found }, { page: 'infrastructure', path: '/accounts/infrastructure/compare', compare: true })
    fireEvent.change(screen.getByLabelText('From the end of'), { target: { value: '2026-09-30' } })
    fireEvent.click(button('Compare'))
    await screen.findByText('1 added · 0 removed · 1 changed')
    expect(address()).toBe('/accounts/infrastructure/compare?from=2026-09-30')
    expect(asked).toHaveLength(1)
    expect(document.querySelector('[data-change=changed]')?.textContent).toContain('MFA: Yes → No')
    expect(document.querySelector('[data-change=changed]')?.textContent).toContain('Scope (decided): In scope → Out of scope')
    expect(document.querySelector('[data-source=late]')?.textContent).toContain('Nothing was read of it by then.')
    await expectAccessible()
  })

  it('before the first read compare nothing, and count nothing', async () => {
    open({ 'GET /api/v1/accounts/compare': { ...found, added: 0, changed: 0, items: [], sources: [found.sources[1]] } }, { path: '/accounts/all/compare?from=2020-01-01', compare: true })
    await screen.findByText('Nothing can be compared')
    expect(document.body.textContent).not.toContain('0 added')
  })

  it('say why they cannot be compared', async () => {
    open({ 'GET /api/v1/accounts/compare': silence }, { path: '/accounts/all/compare?from=2020-01-01', compare: true })
    await screen.findByText('The two dates could not be compared')
  })
})
