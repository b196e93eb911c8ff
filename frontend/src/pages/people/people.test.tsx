import { cleanup, configure, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Refused, standIn } from '@/test/agent'
import { expectAccessible } from '@/test/axe'
import { account, person, personDetail, report, result, suggestion } from '@/test/people'
import { draw } from '@/test/render'
import PeoplePage from './PeoplePage'

// axe looks at whole pages, which takes a busy machine a while.
vi.setConfig({ testTimeout: 30_000 })
configure({ asyncUtilTimeout: 5_000 })

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const following = { state: 'following', streams: 1, read: 1 }

function open(answers: Record<string, unknown>, part?: string, path = `/people${part ? `/${part}` : ''}`) {
  const asked = standIn(answers)
  const view = draw(<PeoplePage part={part} />, { path })
  return { ...view, asked, address: () => view.history.at(-1) }
}

const list = (items: unknown[], over: object = {}) => ({
  items, matched: items.length, position: following,
  facets: [{ name: 'status', values: [{ value: 'active', count: 1 }, { value: 'left', count: 1 }] }, { name: 'department', values: [{ value: '', count: 1 }] }], ...over,
})
const button = (name: string | RegExp) => screen.getByRole('button', { name })
const row = (index: number) => document.querySelector<HTMLElement>(`[data-place="${index}:-1"]`)

describe('the people', () => {
  it('are listed with what leavers can still use, filtered in the address, and opened by a key', async () => {
    const { address } = open({ 'GET /api/v1/people': list([person({ id: 'p9', name: 'Lou', status: 'left', active_accounts: 2 }), person()]) })
    await screen.findByRole('grid', { name: 'People' })
    expect(row(0)?.textContent).toContain('2 can still be used')
    expect(row(1)?.textContent).not.toContain('can still be used')
    fireEvent.click(screen.getAllByRole('button', { name: 'Status' })[0] as Element)
    fireEvent.click(await screen.findByRole('checkbox', { name: /^Left/ }))
    expect(address()).toBe('/people?facet=status%3Aleft')
    await expectAccessible()
    fireEvent.keyDown(row(0) as Element, { key: 'Enter' })
    expect(address()).toBe('/people/p9')
  })

  it('are none yet, none that match, or not to be had', async () => {
    let answer: unknown = new Refused(503, { code: 'busy', detail: 'the journal is busy' })
    const { address } = open({ 'GET /api/v1/people': () => answer }, undefined, '/people?q=x')
    expect(screen.getByRole('status', { name: 'Loading the people' })).toBeTruthy()
    await screen.findByText('The people could not be loaded')
    answer = list([])
    fireEvent.click(button('Try again'))
    await screen.findByText('No person matches')
    fireEvent.click(button('Clear the filters'))
    expect(address()).toBe('/people')
    await screen.findByText('No people yet')
    await expectAccessible()
  })
})

describe('a person', () => {
  it('has the source of each field, what others say, and the accounts', async () => {
    open({ 'GET /api/v1/people/p1': personDetail() }, 'p1')
    await screen.findByRole('heading', { level: 1, name: 'Ann Berg' })
    const title = document.querySelector('[data-field=title]')
    expect(title?.textContent).toBe('TitleEngineeridp: Leadhr')
    expect(document.querySelector('[data-field=manager]')?.textContent).toContain('No source tells it.')
    expect(within(screen.getByRole('table')).getByRole('link', { name: 'Ann Berg' }).getAttribute('href')).toBe('/accounts?peek=a1')
    expect(document.querySelector('[data-leaver]')).toBeNull()
    await expectAccessible()
  })

  it('who left is warned of while an account can be used', async () => {
    open({ 'GET /api/v1/people/p1': personDetail({ status: 'left', left_at: '2026-10-31T00:00:00Z', active_accounts: 1, account_list: [account({ flags: ['leaver_active'] })] }) }, 'p1')
    expect((await screen.findByRole('note')).textContent).toContain('This person left on 31 Oct 2026, and 1 account can still be used.')
  })

  it('whom nobody knows is not found', async () => {
    open({ 'GET /api/v1/people/p1': new Refused(404, { code: 'not_found', detail: 'there is no person p1' }) }, 'p1')
    expect((await screen.findByRole('alert')).textContent).toContain('There is no person p1.')
  })
})

describe('suggestions', () => {
  const some = [
    suggestion(), suggestion({ id: 's2', person: { id: 'p3', name: 'Bea Dahl', status: 'active' }, confidence: 0.6 }),
    suggestion({ id: 's3', account: 'a9', account_name: 'root', privileged: 'yes' }),
  ]

  it('are accepted together after a preview, one for each account and none of a privileged one', async () => {
    const bodies: unknown[] = []
    open({
      'GET /api/v1/suggestions': { items: some, matched: 3, position: following },
      'POST /api/v1/suggestions/accept': async (request: Request) => {
        const body = (await request.json()) as { preview: boolean }
        bodies.push(body)
        return report([result({ suggestion: 's1', outcome: body.preview ? 'would_change' : 'changed' })], body.preview)
      },
    }, 'suggestions')
    await screen.findByText('3 suggestions')
    expect(screen.getByRole<HTMLInputElement>('checkbox', { name: 'Select root for Bo Dahl' }).disabled).toBe(true)
    fireEvent.click(screen.getByRole('checkbox', { name: 'Select B. Dahl for Bea Dahl' }))
    fireEvent.click(screen.getByRole('checkbox', { name: 'Select all in sight that can be accepted together' }))
    expect(screen.getByText('1 selected')).toBeTruthy()
    await expectAccessible()
    fireEvent.click(button('Accept'))
    const dialog = within(await screen.findByRole('dialog', { name: 'Accept 1 suggestion' }))
    await dialog.findByText(/Linked to Bo Dahl\. No longer: Unlinked/)
    fireEvent.click(dialog.getByRole('button', { name: 'Change 1 account' }))
    await screen.findByText('1 account changed.')
    expect(bodies).toEqual([{ ids: ['s1'], preview: true }, { ids: ['s1'], preview: false }])
  })

  it('are asked for by how sure they are, and are none at all', async () => {
    const queries: string[] = []
    const { address } = open({
      'GET /api/v1/suggestions': (request: Request) => {
        queries.push(new URL(request.url).search)
        return { items: [], matched: 0, position: following }
      },
    }, 'suggestions')
    await screen.findByText('Nothing is suggested')
    fireEvent.change(screen.getByLabelText('At least this sure'), { target: { value: '80' } })
    await screen.findByText('No suggestion is that sure')
    expect(address()).toBe('/people/suggestions?least=80')
    expect(queries.at(-1)).toContain('confidence=0.8')
  })
})

describe('the order of sources', () => {
  const source = (connection: string, alias: string) => ({ connection, alias, connector_name: alias.toUpperCase(), kind: 'person', records: 4, set: false })
  const sources = { order: ['h1', 'i1'], sources: [source('h1', 'hr'), source('i1', 'idp')], revision: 3 }

  it('is changed by buttons, for one field too, and is not written over another', async () => {
    const { asked } = open({
      'GET /api/v1/people/sources': sources, 'PUT /api/v1/people/sources': { ...sources, order: ['i1', 'h1'], revision: 4 },
    }, 'sources')
    await screen.findByText('This is the usual order: HR systems, identity providers, single sign-on, then others.')
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Save the order' }).disabled).toBe(true)
    fireEvent.click(button('Move idp up'))
    fireEvent.change(screen.getByLabelText('Title'), { target: { value: 'h1' } })
    await expectAccessible()
    fireEvent.click(button('Save the order'))
    await screen.findByText('The order is saved')
    const put = asked.find((one) => one.method === 'PUT')
    expect(put?.body).toEqual({ order: ['i1', 'h1'], fields: { title: ['h1'] } })
    expect(put?.headers.get('If-Match')).toBe('3')
  })

  it('is read again when somebody else changed it', async () => {
    let reads = 0
    open({
      'GET /api/v1/people/sources': () => {
        reads++
        return sources
      },
      'PUT /api/v1/people/sources': new Refused(412, { code: 'conflict', detail: 'anna changed the order' }),
    }, 'sources')
    fireEvent.click(await screen.findByRole('button', { name: 'Move hr down' }))
    fireEvent.click(button('Save the order'))
    await screen.findAllByText('anna changed the order')
    await waitFor(() => expect(reads).toBe(2))
  })
})
