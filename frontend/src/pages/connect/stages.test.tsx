import { cleanup, fireEvent, screen, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Choices, Draft, Task } from '@/api/types'
import { standIn } from '@/test/agent'
import { check, connection, connector, probe } from '@/test/fixtures'
import { draw } from '@/test/render'
import ConnectPage from './ConnectPage'
import { handoverOf } from './handover'
import { Setup } from './Setup'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

const preview = { 'POST /api/v1/schedules/preview': { description: 'daily', next: [], schedule: '', timezone: 'UTC' } }
const envoy = connector({
  id: 'envoy', name: 'Envoy', network: [{ host: 'api.envoy.com', port: 443, purpose: 'The API' }],
  permissions: [{ id: 'employees.read', reason: 'Lists the employees.', optional: false, streams: [] }],
  guide: {
    introduction: '', minutes: 10, notes: [], prerequisites: ['You are an **admin**.', 'You may create an application.'],
    steps: [{ id: 'step-1', title: 'Create an application', body: 'Open the Dev Dashboard.', expected_outcome: 'There is an application.' }],
  },
  config_schema: { type: 'object', required: ['key'], properties: { key: { type: 'string', title: 'Client API Key', writeOnly: true, 'x-guide-step': 'step-1' } } },
})
const begin = (routes: Record<string, unknown> = {}, over = {}) => {
  const asked = standIn({ ...preview, 'PUT /api/v1/drafts/d1': {}, ...routes })
  return { asked, ...draw(<Setup connector={envoy} alias="envoy" draftId="d1" onStartOver={() => undefined} {...over} />) }
}
const stage = (id: string) => document.querySelector(`[data-stage="${id}"]`)

it('the form is one step away from the top of the page, below a long guide', async () => {
  const shown: Element[] = []
  begin()
  const jump = await screen.findByRole('button', { name: 'Go to the form' })
  Element.prototype.scrollIntoView = function into() {
    shown.push(this)
  }
  fireEvent.click(jump)
  expect(shown.map((one) => one.id)).toEqual(['connection-form'])
})

describe('the stages', () => {
  it('say how far each is, and lead to it', () => {
    begin()
    expect(stage('before')?.textContent).toContain('0 of 2 ready')
    expect(stage('credentials')?.textContent).toContain('1 field to fill in')
    fireEvent.click(screen.getAllByRole('checkbox')[0] as HTMLElement)
    expect(stage('before')?.textContent).toContain('1 of 2 ready')
    fireEvent.click(stage('sample') as HTMLElement)
    expect(document.activeElement?.id).toBe('stage-sample')
  })

  it('warn of a credential that may do more than is needed', async () => {
    begin({ 'POST /api/v1/checks': check({ probes: [probe({ permission: 'employees.read', state: 'too_broad', message: 'It may write.' })] }) })
    fireEvent.change(screen.getByLabelText('Client API Key'), { target: { value: 'x' } })
    fireEvent.click(screen.getByRole('button', { name: 'Check' }))
    await vi.waitFor(() => expect(stage('permissions')?.getAttribute('data-state')).toBe('warning'))
    expect(document.querySelector('[data-broad]')?.textContent).toContain('such as write')
    expect(stage('check')?.textContent).toContain('Passed with 1 warning')
  })
})

describe('a draft', () => {
  it('has what was entered without its secrets, also when the page is left at once', async () => {
    const { asked, unmount } = begin()
    fireEvent.change(screen.getByLabelText('Client API Key'), { target: { value: 'canary' } })
    fireEvent.click(screen.getByLabelText('I did this: Create an application'))
    unmount()
    await vi.waitFor(() => expect(asked.filter((a) => a.method === 'PUT').length).toBe(1))
    const [put] = asked.filter((a) => a.method === 'PUT')
    expect(put?.body).toMatchObject({ connector: 'envoy', steps: ['step-1'], alias: 'envoy' })
    expect(JSON.stringify(put?.body)).not.toContain('canary')
  })

  it('is none of a form that nothing was entered into', () => {
    const { asked, unmount } = begin()
    unmount()
    expect(asked.map((a) => a.method)).not.toContain('PUT')
  })

  it('is gone on with', async () => {
    const draft: Draft = {
      id: 'd1', connector: 'envoy', connector_name: 'Envoy', alias: 'front-desk', settings: {}, schedule: '0 * * * *', owner: 'anna',
      prerequisites: ['You are an **admin**.'], steps: ['step-1'], revision: 2, updated_at: '2026-11-29T08:08:00Z',
    }
    standIn({
      ...preview, 'GET /api/v1/connectors/envoy': envoy, 'GET /api/v1/connections': { items: [], before: 0, matched: 0 },
      'GET /api/v1/drafts': { items: [{ ...draft, id: 'edit', connection: 'c1', alias: 'another' }, draft] },
    })
    draw(<ConnectPage id="envoy" />)
    const alias = (await screen.findByLabelText('Alias')) as HTMLInputElement
    expect(alias.value).toBe('front-desk')
    expect((screen.getByLabelText('I did this: Create an application') as HTMLInputElement).checked).toBe(true)
    expect(screen.getByText(/Secrets were not kept/)).toBeTruthy()
    expect(stage('before')?.textContent).toContain('1 of 2 ready')
  })
})

it('a dry run shows what was read, and goes when a setting changes', async () => {
  const task: Task = {
    id: 't1', version: 2, kind: 'dry_run_sample', status: 'done', phase: '', done: 0, total: 0, started_at: '2026-11-29T08:08:00Z',
    dry_run_sample: {
      connector: 'envoy 1', streams: [{
        stream: 'employees', title: 'Employees', kind: 'account', outcome: 'more', read: 100, bytes: 52_000, gaps: [],
        fields: [{ name: 'email', title: 'Email', doc: '', known: 100, personal: true }, { name: 'mfa', title: 'MFA', doc: '', known: 0, personal: false }],
        records: [{ key: 'e1', doc: { email: 'a••@•••.•••' } }],
      }],
    },
  }
  begin({ 'POST /api/v1/dry-runs': task })
  fireEvent.change(screen.getByLabelText('Client API Key'), { target: { value: 'x' } })
  fireEvent.click(screen.getByRole('button', { name: 'Dry run' }))
  const row = await screen.findByText('a••@•••.•••')
  expect(row.closest('li')?.textContent).toContain('100 records on the first page, 52 kB; there are more')
  expect(row.closest('li')?.textContent).toContain('Without one: MFA.')
  expect(stage('sample')?.textContent).toContain('100 records read')
  fireEvent.change(screen.getByLabelText('Client API Key'), { target: { value: 'y' } })
  expect(screen.queryByText('a••@•••.•••')).toBeNull()
  expect(stage('sample')?.textContent).toContain('not run')
})

it('the columns of a file are offered, and what fits is taken once', async () => {
  const offered: Choices[] = [
    { setting: 'key', items: [{ value: 'ID', samples: ['1'] }, { value: 'Mail', samples: ['a•@•.•'] }], targets: [] },
    { setting: 'columns', items: [{ value: 'ID', samples: ['1'] }, { value: 'Mail', samples: ['a•@•.•'], suggested: 'email' }], targets: [{ value: 'email', title: 'Email', description: 'The address.' }] },
  ]
  const csv = connector({
    capabilities: ['check.choices'],
    config_schema: {
      type: 'object', required: ['path', 'key'], properties: {
        path: { type: 'string', title: 'File', format: 'path' },
        key: { type: 'array', title: 'Key columns', 'x-choices': true },
        columns: { type: 'array', title: 'Columns', 'x-choices': true },
      },
    },
  })
  const { asked } = begin({ 'POST /api/v1/checks': check({ probes: [probe({ message: 'The file has 2 columns.', choices: offered })] }) }, { connector: csv })
  expect(screen.getAllByText('The columns are offered here as soon as the file can be read.').length).toBe(2)
  fireEvent.change(screen.getByLabelText('File'), { target: { value: '/a.csv' } })
  const select = (await screen.findByLabelText('Field of the column Mail')) as HTMLSelectElement
  await vi.waitFor(() => expect(select.value).toBe('email'))
  expect(asked.find((a) => a.path === '/api/v1/checks')?.body).toMatchObject({ choices: true, settings: { path: '/a.csv' } })
  fireEvent.change(select, { target: { value: '' } })
  await vi.waitFor(() => expect(select.value).toBe(''))
  fireEvent.click(screen.getByRole('button', { name: 'Use Email' }))
  await vi.waitFor(() => expect(select.value).toBe('email'))
  fireEvent.click(within(screen.getByRole('group', { name: /Key columns/ })).getByRole('checkbox', { name: /ID/ }))
  expect(stage('credentials')?.textContent).toContain('Filled in')
})

it('the guide for an admin has a link, and neither settings nor secrets', () => {
  const text = handoverOf(envoy, 'https://plumbline.example/connections/new/envoy?draft=d1')
  for (const part of ['# Connect Envoy to Plumbline', '- [ ] You are an **admin**.', '`employees.read`: Lists the employees.', '## 1. Create an application', '**Expected outcome:** There is an application.', 'draft=d1']) {
    expect(text).toContain(part)
  }
})

it('an own schedule is in words, and a stored one with a short name too', () => {
  standIn({ ...preview, 'PUT /api/v1/drafts/d1': {} })
  const edited = connection({ schedule: '@daily', settings: { path: '/a' }, secrets: [{ name: 'key', set_at: new Date(Date.now() - 3 * 86_400_000).toISOString(), set_by: { kind: 'person', id: '1', name: 'anna', auth: 'one-time link' } }] })
  draw(<Setup connector={envoy} edited={edited} alias="hr" draftId="d1" onStartOver={() => undefined} />)
  const select = screen.getByLabelText('Schedule') as HTMLSelectElement
  expect(select.selectedOptions[0]?.textContent).toBe('Every day at 00:00')
  expect(document.body.textContent).not.toContain('@daily')
  expect(screen.getByText(/3 days old/).textContent).toContain('by anna (browser)')
})
