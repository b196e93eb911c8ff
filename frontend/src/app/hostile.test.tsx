import { cleanup, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import ConnectPage from '@/pages/connect/ConnectPage'
import DetailPage from '@/pages/connection/DetailPage'
import { ConnectionsPage } from '@/pages/connections/ConnectionsPage'
import { RecordBrowser } from '@/parts/records/RecordBrowser'
import { standIn } from '@/test/agent'
import { check, connection, connector, held, item, probe, problem, record, run, step, stream } from '@/test/fixtures'
import { draw } from '@/test/render'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const override = '\u202E'
const isolate = '\u2066'
const blank = '\u200B'
const escape = '\u001B'
const spoiler = `${override}${isolate}${blank}${escape}[31m`
/** A text as a vendor, a connector or a file could supply it. */
const bad = (text: string) => `${text}${spoiler}`

/** A text that would be markup, a script, or larger than any page, if it were let. */
const markup = '<img src=x onerror=alert(1)><script>alert(2)</script><a href="javascript:alert(3)">x</a>'
const endless = 'A'.repeat(1_000_000)

const trouble = problem({
  code: bad('auth.rejected'), message: bad('The key was refused'), remedy: bad('Make a new one'), detail: bad('line 1\nline 2'), scope: bad('scope'),
  permissions: [bad('read')], upstream_code: bad('E1'), upstream_request_id: bad('req'),
})
const spoiledStep = step({
  title: bad('Read accounts'), note: bad('note'), status: 'failed', error: trouble, gaps: [{ scope: bad('base'), error: trouble }],
})
const spoiledRun = run({
  status: 'failed', identity: bad('ann'), connector_version: bad('1.0'), error: problem({ message: bad('The run failed') }), steps: [spoiledStep],
  network: [{ host: bad('api.example'), port: 443, address: bad('1.2.3.4'), connections: 1, denied: 1, failed: 0, reason: bad('why'), sent_bytes: 0, received_bytes: 0 }],
})
const spoiled = connection({
  connector_name: bad('CSV file'), connector_trust: 'unverified', health: 'unhealthy', reason: 'failing', explanation: bad('It failed'), remedy: bad('Do it'),
  failing_steps: ['accounts'], last_run: spoiledRun, notices: [{ code: 'x', message: bad('Notice'), remedy: bad('Do that'), since: '2026-11-29T08:08:00Z' }],
  streams: [stream({ title: bad('Accounts'), kind: bad('account'), held: held({ title: bad('Accounts'), explanation: bad('held') }) })],
})
const spoiledItem = item({
  connector_name: bad('CSV file'), health: 'unhealthy', reason: 'failing', explanation: bad('It failed'),
  trouble: { step: bad('Read accounts'), action: 'edit', message: bad('The key was refused'), remedy: bad('Make a new one') },
  activity: 'running', last_run: { id: 'r1', status: 'running', step: bad('Read accounts') },
})
const spoiledConnector = connector({
  name: bad('CSV file'), vendor: bad('Plumbline'), summary: bad('Reads a file'), trust: 'unverified', categories: ['hris', bad('odd')],
  streams: [{ name: 'accounts', title: bad('Accounts'), kind: 'account', deletes: 'snapshot', incremental: false, permissions: [] }],
  permissions: [{ id: bad('read'), optional: true, reason: bad('To read'), streams: ['accounts'] }],
  network: [{ host: bad('api.example'), port: 443, purpose: bad('The API') }],
  files: [{ path: bad('/etc'), purpose: bad('Accounts') }],
  guide: {
    introduction: bad('Hello `code`'), minutes: 1, notes: [bad('note')], prerequisites: [bad('first')],
    steps: [{ id: 's', title: bad('Step'), body: bad('Do **this**'), expected_outcome: bad('It works') }],
  },
  config_schema: {
    properties: {
      path: { type: 'string', title: bad('File'), description: bad('Which one'), 'x-placeholder': bad('/srv/x.csv'), 'x-group': bad('Group') },
      kind: { type: 'string', title: 'Kind', enum: ['a'], 'x-enum-titles': { a: bad('An account') } },
      flag: { type: 'boolean', title: bad('Flag') },
    },
  },
})

/** Of the attributes, those that a person sees or hears. */
const isShown = (name: string) => ['title', 'placeholder', 'alt', 'label', 'aria-label', 'aria-valuetext', 'aria-description'].includes(name)

/** Every text and attribute of the page, but for what stands in an input. */
function hiddenOnPage(): string[] {
  const found: string[] = []
  const look = (text: string, where: string) => {
    if (/[\u202E\u2066\u200B\u001B]/.test(text)) found.push(`${where}: ${JSON.stringify(text.slice(0, 80))}`)
  }
  for (const element of document.body.querySelectorAll('*')) {
    for (const { name, value } of element.attributes) {
      if (isShown(name)) look(value, `<${element.localName} ${name}>`)
    }
    for (const node of element.childNodes) if (node.nodeType === Node.TEXT_NODE) look(node.textContent ?? '', `<${element.localName}>`)
  }
  look(document.title, 'title')
  return found
}

/** How long the longest attribute that a person sees is. */
const longestShown = () =>
  Math.max(...[...document.body.querySelectorAll('*')].flatMap((element) => [...element.attributes].filter(({ name }) => isShown(name)).map(({ value }) => value.length)))

describe('what a vendor or a connector says', () => {
  it('is text, whatever it would be as markup, and takes no more room than a page has', async () => {
    const data = { name: markup, status: endless, note: `javascript:alert(4)${bad('')}` }
    standIn({
      'GET /api/v1/connections/c1/records': { items: [record({ key: markup, data }), record({ key: endless, data })], matched: 2 },
      'GET /api/v1/kinds/account/fields': {
        items: [{ name: 'key', type: 'text', rank: 1 }, { name: 'name', type: 'text', rank: 2 }, { name: 'status', type: 'text', rank: 3 }, { name: 'note', type: 'text', rank: 4 }],
      },
    })
    draw(<RecordBrowser scope={{ connection: 'c1', stream: 'accounts' }} kind="account" empty="" />)
    await screen.findAllByRole('rowheader')
    expect(document.body.textContent).toContain(markup)
    expect(document.querySelectorAll('img, script, a[href^="javascript"], [onerror]')).toHaveLength(0)
    expect(document.body.textContent.length).toBeLessThan(20_000)
    expect(longestShown()).toBeLessThan(1_000)
    expect(hiddenOnPage()).toEqual([])
  })

  it('hides nothing on the page of a connection', async () => {
    standIn({ 'GET /api/v1/connections/hr': spoiled, 'GET /api/v1/runs': { items: [spoiledRun] } })
    draw(<DetailPage connection="hr" />)
    await screen.findByRole('heading', { level: 1 })
    await screen.findByRole('heading', { level: 2, name: 'Sync Status' })
    await screen.findByRole('heading', { level: 2, name: 'Freshness' })
    expect(document.querySelectorAll('[data-hidden="U+202E"]').length).toBeGreaterThan(10)
    expect(hiddenOnPage()).toEqual([])
  })

  it('hides nothing in the list of connections and of connectors', async () => {
    const counts = { healthy: 0, unhealthy: 1, unknown: 0, paused: 0, queued: 0, running: 0 }
    const page = { items: [spoiledItem], before: 0, matched: 1 }
    const answers = { 'GET /api/v1/status': { counts }, 'GET /api/v1/connections': page, 'GET /api/v1/connectors': { items: [spoiledConnector] }, 'GET /api/v1/categories': { items: [] } }
    standIn(answers)
    draw(<ConnectionsPage tab="active" />)
    await screen.findByRole('link', { name: 'hr' })
    expect(hiddenOnPage()).toEqual([])
    cleanup()
    draw(<ConnectionsPage tab="available" />)
    await screen.findByRole('link', { name: /^Connect CSV file/ })
    expect(document.querySelectorAll('[data-hidden]').length).toBeGreaterThan(10)
    expect(hiddenOnPage()).toEqual([])
  })

  it('hides nothing in a form and its check', async () => {
    const checked = check({
      status: 'failed', identity: bad('ann'), error: trouble,
      probes: [probe({ title: bad('Read'), state: 'failed', message: bad('No'), error: trouble }), probe({ id: 'p', permission: bad('read'), state: 'missing' })],
    })
    standIn({
      'GET /api/v1/connectors/csv': spoiledConnector, 'GET /api/v1/connections': { items: [] }, 'POST /api/v1/checks': checked,
      'POST /api/v1/schedules/preview': { description: '', next: [], schedule: '', timezone: 'UTC' },
    })
    draw(<ConnectPage id="csv" />)
    ;(await screen.findByRole('button', { name: 'Check' })).click()
    await screen.findByText('The check failed')
    expect(document.querySelectorAll('[data-hidden]').length).toBeGreaterThan(20)
    expect(hiddenOnPage()).toEqual([])
  })

  it('hides nothing in a list of records', async () => {
    standIn({
      'GET /api/v1/connections/c1/records': { items: [record({ key: bad('e1'), data: { name: bad('Ann'), status: bad('active') } })], matched: 1 },
      'GET /api/v1/kinds/account/fields': { items: [{ name: 'key', type: 'text', rank: 1 }, { name: 'name', type: 'text', rank: 2 }, { name: 'status', type: 'word', words: ['active'], rank: 3 }] },
    })
    draw(<RecordBrowser scope={{ connection: 'c1', stream: 'accounts' }} kind="account" empty="" />, { path: `/?where=${encodeURIComponent(bad('name:x'))}` })
    const cells = await screen.findAllByRole('rowheader')
    expect(cells.at(-1)?.textContent).toBe('e1U+202EU+2066U+200BU+001B[31m')
    expect(hiddenOnPage()).toEqual([])
  })
})
