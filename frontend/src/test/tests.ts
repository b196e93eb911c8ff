import type { Test, TestItem, TestList, TestReading, TestTotals } from '@/api/tests'

const at = '2026-11-29T08:08:00Z'

export const reading = (over: Partial<TestReading> = {}): TestReading => ({
  connection: 'c1', alias: 'idp', stream: 'users', kind: 'account', categories: ['identity'], as_of: at, run: 'r1', complete: true, stale: false, direct: true, ...over,
})

export const finding = (over: Partial<TestItem> = {}): TestItem => ({
  outcome: 'fail', connection: 'c1', alias: 'idp', stream: 'users', key: 'u/1', hash: 'ab', name: 'Ann Berg', message: 'No second factor is set up.', observed_at: at, ...over,
})

type Over = Partial<Omit<Test, 'result'>> & { result?: Partial<Test['result']> }

/** A test that fails for one of three. */
export const judged = ({ result, ...over }: Over = {}): Test => ({
  id: 'mfa', version: 1, title: 'People sign in with a second factor', why: 'A password alone is guessed.', kind: 'account', categories: ['identity'],
  scope: "r.status == 'active'", expect: 'r.mfa', message: "'No second factor is set up.'", remedy: 'Have them set up a second factor.', severity: 'high', days_allowed: 7,
  lifecycle: 'enabled', origin: 'library', setting: { test: 'mfa', revision: 0 },
  parameters: [{ name: 'days', title: 'Days at most', default: 90 }], controls: ['access-mfa'], findings: [finding()], as_of: at,
  result: {
    test: 'mfa', version: 1, state: 'failing', reason: '1 of 3 in scope fail.', at, tally: { in_scope: 3, pass: 2, fail: 1, unknown: 0, excluded: 0 },
    sources: [reading()], position: '9', ...result,
  },
  ...over,
})

const none: TestTotals = { tests: 1, failing: 1, passing: 0, error: 0, stale: 0, unproven: 0, empty: 0, unused: 0, disabled: 0 }

export const testList = (items: Test[] = [judged()], totals: Partial<TestTotals> = {}): TestList => ({
  items, matched: items.length, totals: { ...none, ...totals },
  facets: [
    { name: 'state', values: [{ value: 'failing', count: 1 }, { value: 'passing', count: 2 }] },
    { name: 'severity', values: [{ value: 'high', count: 1 }] },
    { name: 'kind', values: [{ value: 'account', count: 1 }] },
    { name: 'category', values: [{ value: 'identity', count: 1 }] },
    { name: 'control', values: [{ value: 'access-mfa', count: 1 }] },
  ],
})
