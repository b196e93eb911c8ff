import { cleanup, fireEvent, screen, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Check } from '@/api/types'
import { Refused, silence, standIn } from '@/test/agent'
import { check, connection, connector, probe } from '@/test/fixtures'
import { draw } from '@/test/render'
import EditPage from './EditPage'
import { Setup } from './Setup'
import { verdictOf } from './verdict'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const preview = {
  'PUT /api/v1/drafts/d1': {}, 'GET /api/v1/drafts': { items: [] },
  'POST /api/v1/schedules/preview': { description: 'daily', next: [], schedule: '', timezone: 'UTC' },
}
const stored = connection({ settings: { path: '/srv/a.csv' } })
const csv = connector({ files: [{ path: '{path}', purpose: 'The file' }], network: [] })

function edit(routes: Record<string, unknown>) {
  const asked = standIn({ ...preview, ...routes })
  const view = draw(<Setup connector={csv} edited={stored} alias="hr" draftId="d1" onReload={() => undefined} onStartOver={() => undefined} />)
  return { ...view, asked }
}
const press = (name: string) => fireEvent.click(screen.getByRole('button', { name }))
const typeFile = (value: string) => fireEvent.change(screen.getByLabelText('File'), { target: { value } })

describe('a save that fails', () => {
  it('puts the focus on the alert when no field is to blame', async () => {
    const shown: Element[] = []
    edit({ 'PATCH /api/v1/connections/c1': new Refused(507, { code: 'disk.full', detail: 'the disk is full', remedy: 'Make room.' }) })
    Element.prototype.scrollIntoView = function (this: Element) {
      shown.push(this)
    }
    press('Save and sync')
    const alert = await screen.findByRole('alert')
    await vi.waitFor(() => expect(document.activeElement).toBe(alert))
    expect(shown.at(-1)).toBe(alert)
    expect(alert.textContent).toContain('The disk is full.')
  })

  it('over an edit made elsewhere shows both versions with the focus, and saves over it when asked to', async () => {
    let refuse = true
    const { asked } = edit({
      'POST /api/v1/checks': check(),
      'GET /api/v1/connections/c1': { ...stored, revision: 7, settings: { path: '/srv/theirs.csv' }, schedule: '0 * * * *' },
      'PATCH /api/v1/connections/c1': () =>
        refuse ? new Refused(412, { code: 'conflict', detail: 'changed in the meantime', fields: [{ field: 'revision', message: 'is not the latest' }] }) : stored,
    })
    typeFile('/srv/mine.csv')
    press('Save')
    const dialog = await screen.findByRole('dialog')
    expect(dialog.textContent).toContain('/srv/a.csv')
    fireEvent.click(within(dialog).getByRole('button', { name: 'Save' }))
    const alert = await screen.findByRole('alert')
    await vi.waitFor(() => expect(document.activeElement).toBe(alert))
    for (const path of ['/srv/a.csv', '/srv/mine.csv', '/srv/theirs.csv']) expect(alert.textContent).toContain(path)
    expect(alert.textContent).not.toContain('revision')
    refuse = false
    press('Save my version')
    await vi.waitFor(() => expect(asked.filter((a) => a.method === 'PATCH').length).toBe(2))
    expect(asked.filter((a) => a.method === 'PATCH').at(-1)?.headers.get('If-Match')).toBe('7')
  })

  it('without an answer says what happened to it, in words', async () => {
    edit({ 'PATCH /api/v1/connections/c1': silence })
    press('Save')
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('it is not certain that this was saved')
    expect(alert.textContent).not.toContain('`')
    expect(document.body.textContent).not.toContain('the check failed')
  })

  it('without an answer to its check says that nothing was checked or saved', async () => {
    const { asked } = edit({ 'POST /api/v1/checks': silence })
    typeFile('/srv/b.csv')
    press('Save and sync')
    const alert = await screen.findByRole('alert')
    expect(alert.textContent).toContain('nothing was checked and nothing was saved')
    expect(screen.getByText('plumbline agent').localName).toBe('code')
    expect(document.body.textContent).not.toContain('the check failed')
    expect(screen.queryByRole('button', { name: 'Save anyway' })).toBeNull()
    expect(asked.map((a) => a.method)).not.toContain('PATCH')
  })
})

describe('a check', () => {
  it('is cleared when a setting changes, and made again before a save', async () => {
    const { asked } = edit({ 'POST /api/v1/checks': check(), 'PATCH /api/v1/connections/c1': stored, 'POST /api/v1/connections/c1/sync': { id: 'r' } })
    typeFile('/srv/b.csv')
    press('Check')
    await screen.findByText('The check passed')
    typeFile('/srv/c.csv')
    expect(document.querySelector('[data-verdict]')).toBeNull()
    press('Save')
    fireEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Save' }))
    await vi.waitFor(() => expect(asked.some((a) => a.method === 'PATCH')).toBe(true))
    const checked = asked.filter((a) => a.path === '/api/v1/checks').map((a) => (a.body as { settings: object }).settings)
    expect(checked).toEqual([{ path: '/srv/b.csv' }, { path: '/srv/c.csv' }])
  })

  it('is given up when a setting changes while it runs', async () => {
    let answer: (value: Check) => void = () => undefined
    const { asked } = edit({
      'POST /api/v1/checks': check({ status: 'running' }),
      'GET /api/v1/checks/k1': () => new Promise<Check>((resolve) => (answer = resolve)),
    })
    typeFile('/srv/b.csv')
    press('Save')
    await screen.findAllByText('Checking')
    await vi.waitFor(() => expect(asked.at(-1)?.method).toBe('GET'))
    typeFile('/srv/c.csv')
    answer(check())
    expect(document.querySelector('[data-verdict]')).toBeNull()
    await vi.waitFor(() => expect((screen.getByRole('button', { name: 'Save' }) as HTMLButtonElement).disabled).toBe(false))
    expect(screen.queryByText('The check passed')).toBeNull()
    expect(asked.map((a) => a.method)).not.toContain('PATCH')
  })

  it.each([
    ['an optional failure', [probe(), probe({ id: 'rows', state: 'failed', required: false })], 'warning', 'The check passed with 1 warning'],
    ['a missing permission', [probe({ state: 'missing', required: false }), probe({ id: 'b', state: 'too_broad' })], 'warning', 'The check passed with 2 warnings'],
    ['nothing open', [probe(), probe({ id: 's', state: 'skipped', required: false })], 'ok', 'The check passed'],
  ])('that passed with %s says so', (_, probes, state, title) => {
    expect(verdictOf(check({ probes }))).toMatchObject({ state, title })
  })

  it('draws an optional failure as a warning, not as a failure', async () => {
    edit({ 'POST /api/v1/checks': check({ probes: [probe({ id: 'rows', state: 'failed', required: false }), probe()] }) })
    press('Check')
    await screen.findByText('The check passed with 1 warning')
    expect(document.querySelector('[data-probe="rows"]')?.getAttribute('data-tone')).toBe('warn')
    expect(document.querySelector('[data-verdict]')?.getAttribute('data-verdict')).toBe('warning')
  })
})

describe('the connection that is edited', () => {
  const routes = { ...preview, 'GET /api/v1/connectors/csv': csv }

  it('is said to be changed or removed elsewhere', async () => {
    let answer: unknown = stored
    standIn({ ...routes, 'GET /api/v1/connections/hr': () => answer })
    const { cache } = draw(<EditPage connection="hr" />)
    await screen.findByRole('button', { name: 'Save' })
    answer = { ...stored, revision: 2 }
    await cache.invalidateQueries({ queryKey: ['connections'] })
    await screen.findByText('hr was changed')
    answer = new Refused(404, { code: 'not_found', detail: 'no such connection' })
    await cache.invalidateQueries({ queryKey: ['connections'] })
    await screen.findByText('hr was removed')
  })
})
