import { cleanup, configure, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
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

function open(answer: unknown, path = '/tests/mfa', more: Record<string, unknown> = {}) {
  const asked = standIn({
    'GET /api/v1/tests/mfa': answer, 'GET /api/v1/tests/mfa/exclusions': { items: [] }, ...more,
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

  it('has its findings by outcome in the address, fifty at a time, and says how many are not listed', async () => {
    const many = Array.from({ length: 60 }, (_, i) => finding({ key: `u${i}`, name: `Person ${i}` }))
    const { address } = open(judged({ findings: [...many, finding({ key: 'x', name: 'Unsure', outcome: 'unknown' })], findings_left: 5, result: { tally: tally({ in_scope: 66, fail: 65, unknown: 1 }) } }))
    const table = within(await screen.findByRole('table', { name: 'Findings' }))
    expect(table.getAllByRole('row')).toHaveLength(51)
    expect(screen.getByText(/^5 more findings are not listed\. The first 61 are/)).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: 'Show 11 more' }))
    expect(table.getAllByRole('row')).toHaveLength(62)
    fireEvent.click(within(screen.getByRole('group', { name: 'Outcome' })).getByRole('button', { name: /^Unknown/ }))
    expect(address()).toBe('/tests/mfa?outcome=unknown')
    expect(within(screen.getByRole('table', { name: 'Findings' })).getAllByRole('row')).toHaveLength(2)
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
