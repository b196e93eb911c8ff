import { answer, client } from './client'
import type { components, paths } from './schema.gen'
import type { Task } from './types'

export type Test = components['schemas']['TestJudged']
export type TestList = components['schemas']['TestList']
export type TestTotals = components['schemas']['TestTotals']
export type TestItem = components['schemas']['TestItem']
export type TestReading = components['schemas']['TestReading']
export type TestState = components['schemas']['TestResult']['state']
export type TestSeverity = Test['severity']
export type Exclusion = components['schemas']['TestItemExclusion']
export type NewExclusion = components['schemas']['TestNewExclusion']
export type TestSetting = components['schemas']['TestSetting']
export type TestOutcome = TestItem['outcome']

export type TestHistory = components['schemas']['TestHistory']
export type TestEntry = components['schemas']['TestEntry']
export type TestDay = components['schemas']['TestDay']
export type TestHeld = components['schemas']['TestHeld']
export type TestHeldItem = components['schemas']['TestHeldItem']
export type HeldOutcome = TestHeldItem['outcome']

/** The days that a period begins and ends with. */
export interface Period {
  from: string
  to: string
}

export type TestQuery = NonNullable<paths['/api/v1/tests']['get']['parameters']['query']>

/** The tests that a query matches, with how many there are of each kind. */
export const findTests = (query: TestQuery, signal?: AbortSignal) => answer(client.GET('/api/v1/tests', { params: { query }, signal }))

/** One test with what it finds now. */
export const getTest = (id: string, signal?: AbortSignal) => answer(client.GET('/api/v1/tests/{id}', { params: { path: { id } }, signal }))

/** A page of the items of a test that do not pass. */
export const getFindings = (id: string, outcome: 'fail' | 'unknown' | 'excluded' | undefined, cursor: string | undefined, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/tests/{id}/findings', { params: { path: { id }, query: { outcome: outcome && [outcome], limit: 25, cursor } }, signal }))

/** What a test found over time. */
export const getTestHistory = (id: string, limit: number, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/tests/{id}/history', { params: { path: { id }, query: { limit } }, signal }))

/** Judges tests once more for every record. */
export const runTests = (tests: string[]): Promise<Task> => answer(client.POST('/api/v1/tests/runs', { body: { tests } }))

/** On which days of a period the lists of a test were read; of the last 90 days without one. */
export const getTestCoverage = (id: string, period: Period | undefined, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/tests/{id}/coverage', { params: { path: { id }, query: { ...period } }, signal }))

/** Begins to work out whether a test held over a period. */
export const startHeld = (id: string, period: Period): Promise<Task> =>
  answer(client.POST('/api/v1/tests/{id}/held', { params: { path: { id }, query: { ...period } } }))

/** Whether a test held over a period: the items for which it did not, or for which that cannot be said, by page. */
export const getHeld = (id: string, period: Period, cursor: string | undefined, signal?: AbortSignal) =>
  answer(
    client.GET('/api/v1/tests/{id}/held', { params: { path: { id }, query: { ...period, outcome: ['no', 'cannot_say', 'excluded'], limit: 50, cursor } }, signal }),
  )

/** The items that were taken out of a test, those that stand first. */
export const getExclusions = async (test: string, signal?: AbortSignal) =>
  (await answer(client.GET('/api/v1/tests/{id}/exclusions', { params: { path: { id: test } }, signal }))).items

export const excludeItem = (test: string, body: NewExclusion) => answer(client.POST('/api/v1/tests/{id}/exclusions', { params: { path: { id: test } }, body }))

/** Has an item judged again. */
export const withdrawExclusion = ({ id, revision }: Exclusion, reason: string) =>
  answer(client.POST('/api/v1/exclusions/{id}/withdraw', { params: { path: { id }, header: { 'If-Match': String(revision) } }, body: { reason } }))

/** Turns a test off or on again; what else is chosen for it stays. */
export function turnTest({ test, revision, parameters, days_allowed, severity, owner }: TestSetting, off: boolean, reason: string) {
  const body = { parameters, days_allowed, severity, owner, disabled: off, reason: off ? reason : undefined }
  return answer(client.PUT('/api/v1/tests/{id}/setting', { params: { path: { id: test }, header: { 'If-Match': String(revision) } }, body }))
}

/** The states, those that need a person first. */
export const testStates = ['failing', 'error', 'stale', 'unproven', 'empty', 'passing', 'unused'] as const satisfies readonly TestState[]

/** The severities, the gravest first. */
export const testSeverities = ['critical', 'high', 'medium', 'low', 'info'] as const satisfies readonly TestSeverity[]

/** The stages of a test, which say whether it is judged. */
export const testLifecycles = ['draft', 'enabled', 'disabled', 'unused', 'retired'] as const satisfies readonly Test['lifecycle'][]
