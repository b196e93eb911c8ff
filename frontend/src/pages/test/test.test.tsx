import { cleanup, configure, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Test } from '@/api/tests'
import { Refused, standIn } from '@/test/agent'
import { expectAccessible } from '@/test/axe'
import { draw } from '@/test/render'
import { finding, judged, reading } from '@/test/tests'
import TestPage from './TestPage'

// axe looks at whole pages, which takes a busy machine a while.
vi.setConfig({ testTimeout: 60_000 })
configure({ asyncUtilTimeout: 20_000 })

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const covered = { of: 'mfa', period: { from: '', to: '', zone: 'UTC', days: 1 }, days: { proven: 1, part: 0, blind: 0 }, lists: [], spans: [] }

/** The findings that the answer about the test has, as their own page. */
const pageOf = (answer: unknown) => (request: Request) => {
  const outcome = new URL(request.url).searchParams.get('outcome')
  return { items: (answer as Test).findings.filter((one) => !outcome || one.outcome === outcome) }
}

function open(answer: unknown, path = '/tests/mfa', more: Record<string, unknown> = {}) {
  const asked = standIn({
    'GET /api/v1/tests/mfa': answer, 'GET /api/v1/tests/mfa/exclusions': { items: [] }, 'GET /api/v1/tests/mfa/findings': pageOf(answer),
    'GET /api/v1/tests/mfa/history': { days: [], entries: [] }, 'GET /api/v1/tests/mfa/coverage': covered, ...more,
    'GET /api/v1/categories': { items: [{ id: 'identity', title: 'Identity' }] },
  })
  const view = draw(<TestPage id="mfa" />, { path })
  return { ...view, asked, address: () => view.history.at(-1) }
}

const tally = (over: object) => ({ in_scope: 3, pass: 0, fail: 0, unknown: 0, excluded: 0, ...over })

describe('a test', () => {
  it('says what must hold, why it is in its state, and what it read', async () => {
    open(judged({ result: { sources: [reading(), reading({ alias: 'hr', kind: 'person', stream: 'people', direct: false, complete: false, gaps: ['It was never read to its end.'], stale: true })] } }))
    await screen.findByRole('heading', { level: 1, name: 'People sign in with a second factor' })
    expect(document.querySelector('[data-reason]')?.textContent).toBe('1 of 3 in scope fail.')
    expect(document.querySelector('[data-tally=fail]')?.textContent).toBe('Fail1')
    await screen.findByText('Account records of connections of these categories: Identity')
    const rule = screen.getByRole('region', { name: 'The rule' })
    expect(rule.textContent).toContain('r.mfa')
    expect(rule.textContent).toContain('Days at most:90')
    const hr = document.querySelector('[data-source=hr]')
    expect(hr?.textContent).toContain('look things up')
    expect(hr?.textContent).toContain('not whole, too old')
    expect(hr?.textContent).toContain('It was never read to its end.')
    expect(screen.getByRole('link', { name: 'Open the latest run of idp' }).getAttribute('href')).toBe('/runs/r1')
    expect(screen.getByText('A finding is overdue after 7 days.')).toBeTruthy()
    await expectAccessible()
  })

  it('leads from each finding to the record at the version that was judged, by key as well', async () => {
    open(judged({
      findings: [finding(), finding({ key: 'u2', name: 'Bo Dahl', outcome: 'unknown', message: 'MFA is not known.' }), finding({ key: undefined, stream: undefined, name: undefined })],
      result: { tally: tally({ fail: 2, unknown: 1 }) },
    }))
    const table = within(await screen.findByRole('table', { name: 'Findings' }))
    const ann = table.getByRole('link', { name: 'Ann Berg' })
    expect(ann.getAttribute('href')).toBe('/connections/idp/records/users/u%2F1?on=2026-11-29T08%3A08%3A00Z')
    expect(table.getByRole('link', { name: 'All of idp' }).getAttribute('href')).toBe('/connections/idp')
    fireEvent.keyDown(document.body, { key: 'j' })
    expect(document.activeElement).toBe(ann)
    fireEvent.keyDown(ann, { key: 'j' })
    expect(document.activeElement?.textContent).toBe('Bo Dahl')
  })

  it('has its findings by page and by outcome, which is in the address, and says how many are not shown', async () => {
    const first = Array.from({ length: 60 }, (_, i) => finding({ key: `u${i}`, name: `Person ${i}` }))
    const unsure = finding({ key: 'x', name: 'Unsure', outcome: 'unknown' })
    const { address } = open(judged({ result: { tally: tally({ in_scope: 66, fail: 65, unknown: 1 }) } }), '/tests/mfa', {
      'GET /api/v1/tests/mfa/findings': ({ url }: Request) => {
        const { searchParams } = new URL(url)
        if (searchParams.get('outcome') === 'unknown') return { items: [unsure] }
        return searchParams.get('cursor') === 'next' ? { items: [...first.slice(0, 5).map((one) => ({ ...one, key: `v${one.key}` })), unsure] } : { items: first, next_cursor: 'next' }
      },
    })
    const table = within(await screen.findByRole('table', { name: 'Findings' }))
    expect(table.getAllByRole('row')).toHaveLength(61)
    expect(screen.getByText(/6 are not shown\./)).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: 'Show more' }))
    await waitFor(() => expect(table.getAllByRole('row')).toHaveLength(67))
    expect(screen.queryByRole('button', { name: 'Show more' })).toBeNull()
    fireEvent.click(within(screen.getByRole('group', { name: 'Outcome' })).getByRole('button', { name: /^Unknown/ }))
    expect(address()).toBe('/tests/mfa?outcome=unknown')
    await waitFor(() => expect(within(screen.getByRole('table', { name: 'Findings' })).getAllByRole('row')).toHaveLength(2))
  })

  it('says since when an item fails, and that it is overdue', async () => {
    open(judged({ findings: [finding({ first_failed_at: '2026-11-01T00:00:00Z', overdue: true })] }))
    const row = (await screen.findByRole('link', { name: 'Ann Berg' })).closest('tr')
    expect(row?.querySelector('time')?.getAttribute('dateTime')).toBe('2026-11-01T00:00:00Z')
    expect(row?.textContent).toContain('Overdue')
  })

  it('says who excluded an item, why and until when', async () => {
    const exclusion = { reason: 'A break-glass account', by: { kind: 'person', id: '1', name: 'anna', auth: 'peer' } as never, at: '2026-11-01T00:00:00Z', until: '2026-12-24T12:00:00Z' }
    open(judged({ findings: [finding({ outcome: 'excluded', exclusion })], result: { state: 'passing', tally: tally({ pass: 2, excluded: 1 }) } }))
    expect(await screen.findAllByText(/^A break-glass account\. Excluded by anna \(this machine\) until 24 Dec 2026/)).toHaveLength(2)
  })

  it.each([
    ['passing', tally({ pass: 3 }), 'Nothing was found. Every item in scope passes.'],
    ['empty', tally({ in_scope: 0 }), 'Nothing was found, because nothing was judged.'],
    ['stale', tally({ pass: 3 }), 'No single item is to blame. The reason above says what is missing.'],
  ] as const)('without a finding is honest about it: %s', async (state, counts, said) => {
    open(judged({ findings: [], result: { state, tally: counts } }))
    expect(await screen.findByText(said)).toBeTruthy()
  })

  it('that nothing supplies says what to connect', async () => {
    open(judged({ findings: [], result: { state: 'unused', sources: [], tally: tally({ in_scope: 0 }) } }))
    const link = await screen.findByRole('link', { name: 'Find connectors that supply account records' })
    expect(link.getAttribute('href')).toBe('/connections/available?q=provides%3Aaccount')
    expect(document.querySelector('[data-tally]')).toBeNull()
  })

  it('that there is none of, or that cannot be had, says so', async () => {
    let answer: unknown = new Refused(503, { code: 'busy', detail: 'the journal is busy' })
    open(() => answer)
    expect(screen.getByRole('status', { name: 'Loading the test' })).toBeTruthy()
    await screen.findByText('The test could not be loaded')
    answer = new Refused(404, { code: 'not_found', detail: 'there is no test mfa' })
    fireEvent.click(screen.getByRole('button', { name: 'Try again' }))
    await screen.findByText('There is no test called mfa')
    expect(screen.getByRole('link', { name: 'All tests' }).getAttribute('href')).toBe('/tests')
  })
})

const anna = { kind: 'person', id: '1', name: 'anna', auth: 'peer' } as const

describe('what a person decides about a test', () => {
  it('takes one item out with a reason and an end, and says how that differs from turning the test off', async () => {
    const { asked } = open(judged(), '/tests/mfa', { 'POST /api/v1/tests/mfa/exclusions': {} })
    fireEvent.click(await screen.findByRole('button', { name: 'Exclude Ann Berg' }))
    const dialog = within(await screen.findByRole('dialog', { name: 'Exclude Ann Berg from this test' }))
    expect(dialog.getByText('Exclude one item').closest('li')?.textContent).toContain('This is what you are about to do.')
    expect(dialog.getByText('Disable the whole test').closest('li')?.textContent).toContain('counts for no control')
    expect(dialog.getByRole<HTMLButtonElement>('button', { name: 'Exclude' }).disabled).toBe(true)
    await expectAccessible()
    fireEvent.change(dialog.getByRole('textbox', { name: /^Reason/ }), { target: { value: ' A break-glass account ' } })
    fireEvent.change(dialog.getByLabelText(/^Last day/), { target: { value: '2027-01-31' } })
    fireEvent.click(dialog.getByRole('button', { name: 'Exclude' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    expect(asked.find(({ method }) => method === 'POST')?.body).toEqual({ connection: 'c1', stream: 'users', key: 'u/1', reason: 'A break-glass account', until: '2027-01-31' })
  })

  it('is kept in the dialog when it is refused', async () => {
    open(judged(), '/tests/mfa', { 'POST /api/v1/tests/mfa/exclusions': new Refused(422, { code: 'invalid', detail: 'until is over' }) })
    fireEvent.click(await screen.findByRole('button', { name: 'Exclude Ann Berg' }))
    const dialog = within(await screen.findByRole('dialog'))
    fireEvent.change(dialog.getByRole('textbox', { name: /^Reason/ }), { target: { value: 'x' } })
    fireEvent.click(dialog.getByRole('button', { name: 'Exclude' }))
    expect((await dialog.findByRole('alert')).textContent).toContain('Until is over.')
    expect(dialog.getByRole<HTMLTextAreaElement>('textbox', { name: /^Reason/ }).value).toBe('x')
  })

  it('turns the test off over the revision that was shown, with what else is chosen for it', async () => {
    const setting = { test: 'mfa', revision: 4, owner: 'anna', by: anna, at: '2026-11-01T00:00:00Z' }
    const { asked } = open(judged({ setting }), '/tests/mfa', { 'PUT /api/v1/tests/mfa/setting': setting })
    fireEvent.click(await screen.findByRole('button', { name: 'Disable…' }))
    const dialog = within(await screen.findByRole('dialog', { name: 'Disable this test' }))
    fireEvent.change(dialog.getByRole('textbox', { name: /^Reason/ }), { target: { value: 'Covered elsewhere' } })
    fireEvent.click(dialog.getByRole('button', { name: 'Disable the test' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    const put = asked.find(({ method }) => method === 'PUT')
    expect(put?.body).toEqual({ owner: 'anna', disabled: true, reason: 'Covered elsewhere' })
    expect(put?.headers.get('If-Match')).toBe('4')
  })

  it('that turned it off is shown in place of a result, and can be taken back', async () => {
    const setting = { test: 'mfa', revision: 5, disabled: true, reason: 'Covered elsewhere', by: anna, at: '2026-11-01T00:00:00Z' }
    const { asked } = open(judged({ setting, lifecycle: 'disabled', findings: [], result: { state: 'unused' } }), '/tests/mfa', { 'PUT /api/v1/tests/mfa/setting': setting })
    expect((await screen.findByRole('note')).textContent).toMatch(/^Disabled by anna \(this machine\) on .* It is not judged\. Covered elsewhere\./)
    expect(document.querySelector('[data-state=unused]')?.textContent).toBe('Disabled')
    expect(document.querySelector('[data-reason]')).toBeNull()
    fireEvent.click(screen.getByRole('button', { name: 'Enable the test' }))
    await waitFor(() => expect(asked.find(({ method }) => method === 'PUT')?.body).toEqual({ disabled: false }))
  })

  it('has every item that was taken out, also the ended ones, and judges one again', async () => {
    const one = { id: 'x1', test: 'mfa', connection: 'c1', alias: 'idp', stream: 'users', key: 'u1', name: 'Root', reason: 'Break glass', by: anna, at: '2026-11-01T00:00:00Z', state: 'stands', revision: 2 }
    const { asked } = open(judged(), '/tests/mfa', {
      'GET /api/v1/tests/mfa/exclusions': { items: [one, { ...one, id: 'x2', name: 'Old', state: 'ended', until: '2026-11-02T00:00:00Z' }] },
      'POST /api/v1/exclusions/x1/withdraw': one,
    })
    const list = within(await screen.findByRole('region', { name: 'Excluded items' }))
    expect(list.getByText('Ended')).toBeTruthy()
    expect(list.queryByRole('button', { name: 'Judge Old again' })).toBeNull()
    await expectAccessible()
    fireEvent.click(list.getByRole('button', { name: 'Judge Root again' }))
    const dialog = within(await screen.findByRole('dialog'))
    fireEvent.change(dialog.getByRole('textbox', { name: /^Reason/ }), { target: { value: 'It signs in daily' } })
    fireEvent.click(dialog.getByRole('button', { name: 'Judge it again' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    const post = asked.find(({ method }) => method === 'POST')
    expect([post?.body, post?.headers.get('If-Match')]).toEqual([{ reason: 'It signs in daily' }, '2'])
  })
})

const task = (over: object) => ({ id: 't1', kind: 'tests', status: 'running', phase: 'judge', done: 1, total: 4, version: 1, started_at: '2026-11-29T08:08:00Z', ...over })

describe('a test that is judged once more', () => {
  it('keeps its result until every record is judged, and shows how far that is', async () => {
    let end: (value: unknown) => void = () => undefined
    const ended = new Promise((resolve) => (end = resolve))
    let answer = judged()
    const { asked } = open(() => answer, '/tests/mfa', {
      'GET /api/v1/tests/mfa/findings': { items: [] }, 'POST /api/v1/tests/runs': task({}), 'GET /api/v1/tasks/t1': () => ended,
    })
    fireEvent.click(await screen.findByRole('button', { name: 'Run now' }))
    expect((await screen.findByRole('progressbar', { name: 'Judging every record once more' })).getAttribute('aria-valuenow')).toBe('25')
    expect(asked.find(({ method }) => method === 'POST')?.body).toEqual({ tests: ['mfa'] })
    answer = judged({ result: { state: 'passing', reason: 'Everything passes.', tally: tally({ pass: 3 }) } })
    expect(document.querySelector('[data-reason]')?.textContent).toBe('1 of 3 in scope fail.')
    end(task({ status: 'done', done: 4, version: 2 }))
    await waitFor(() => expect(document.querySelector('[data-reason]')?.textContent).toBe('Everything passes.'))
    expect(document.querySelector('[data-run=done]')).toBeTruthy()
  })

  it('says why it could not be', async () => {
    open(judged(), '/tests/mfa', { 'POST /api/v1/tests/runs': new Refused(503, { code: 'busy', detail: 'the agent stops' }) })
    fireEvent.click(await screen.findByRole('button', { name: 'Run now' }))
    expect((await screen.findByRole('alert')).textContent).toContain('The agent stops.')
  })

  it('by itself says that the result is the one before', async () => {
    open(judged({ result: { judging: { done: 10, total: 40 } } }))
    expect(await screen.findByText('10 of 40 records are judged. The result below is the one before.')).toBeTruthy()
  })
})

describe('the history of a test', () => {
  const entry = (over: object) => ({
    test: 'mfa', version: 1, actor: { kind: 'agent', auth: 'agent' }, at: '2026-11-29T08:08:00Z', judged_at: '2026-11-29T08:08:00Z', since: '2026-11-29T08:08:00Z', exact: true,
    position: '9', state: 'failing', reason: '1 of 3 in scope fail', tally: { in_scope: 3, pass: 2, fail: 1, unknown: 0, excluded: 0 }, ...over,
  })

  it('has its days at a glance and each change with its difference', async () => {
    const days = [{ day: '2026-11-27' }, { day: '2026-11-28', state: 'passing', failed: true }, { day: '2026-11-29', state: 'failing', failed: true }]
    open(judged(), '/tests/mfa', {
      'GET /api/v1/tests/mfa/history': {
        days, entries: [entry({}), entry({ position: '8', at: '2026-11-28T08:08:00Z', state: 'passing', reason: 'all pass', tally: { in_scope: 3, pass: 3, fail: 0, unknown: 0, excluded: 0 } })],
      },
    })
    const strip = await screen.findByRole('img', { name: 'Of 3 days: 1 failing, 1 passing, 1 not recorded' })
    expect([...strip.children].map((day) => day.getAttribute('data-day'))).toEqual(['none', 'passing', 'failing'])
    expect(strip.querySelectorAll('[data-failed]')).toHaveLength(1)
    const changes = within(screen.getByRole('list', { name: 'Changes, newest first' })).getAllByRole('listitem')
    expect(changes[0]?.textContent).toContain('was passing')
    expect(changes[0]?.querySelector('[data-count=fail]')?.textContent).toBe('1 fail (+1)')
    expect(changes[0]?.querySelector('[data-count=pass]')?.textContent).toBe('2 pass (−1)')
    expect(changes[1]?.textContent).not.toContain('was ')
    await expectAccessible()
  })
})

describe('what held over a period', () => {
  const held = {
    test: 'mfa', title: '', version: 1, outcome: 'no', reason: 'It did not hold for 1 of 3 items.', at: '2026-11-29T08:08:00Z', judged: 9, sources: [],
    period: { from: '2026-09-01T00:00:00Z', to: '2026-11-30T00:00:00Z', zone: 'UTC', days: 90 }, days: { proven: 90, part: 0, blind: 0 }, tally: { yes: 2, no: 1, cannot_say: 0, excluded: 0 },
    items: [{
      connection: 'c1', alias: 'idp', stream: 'users', key: 'u1', name: 'Ann Berg', from: '2026-09-01T00:00:00Z', to: '2026-11-30T00:00:00Z', outcome: 'no',
      spans: [{ from: '2026-09-02T00:00:00Z', to: '2026-09-04T00:00:00Z', days: 2, outcome: 'no', cause: 'fail', message: 'no second factor' }],
    }],
  }

  it('is worked out as a task for the days that are chosen, and names each item with its days', async () => {
    const asked: string[] = []
    open(judged(), '/tests/mfa', {
      'POST /api/v1/tests/mfa/held': ({ url }: Request) => {
        asked.push(new URL(url).search)
        return task({ kind: 'held', status: 'done' })
      },
      'GET /api/v1/tests/mfa/held': held,
    })
    fireEvent.change(await screen.findByLabelText('From'), { target: { value: '2026-09-01' } })
    fireEvent.change(screen.getByLabelText('To'), { target: { value: '2026-11-29' } })
    fireEvent.click(screen.getByRole('button', { name: 'Work it out' }))
    expect(await screen.findByText('It did not hold')).toBeTruthy()
    expect(asked).toEqual(['?from=2026-09-01&to=2026-11-29'])
    const item = within(screen.getByRole('list', { name: 'Items for which it did not always hold' })).getAllByRole('listitem')[0]
    expect(item?.textContent).toContain('Ann Berg')
    expect(item?.textContent).toContain('(2 days). No second factor.')
  })

  it('is not asked for a period that ends before it begins', async () => {
    open(judged())
    fireEvent.change(await screen.findByLabelText('From'), { target: { value: '2027-09-01' } })
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Work it out' }).disabled).toBe(true)
    expect(screen.getByText('The period must begin before it ends.')).toBeTruthy()
  })
})
