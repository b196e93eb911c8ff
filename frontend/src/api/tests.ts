import { answer, client } from './client'
import type { components, paths } from './schema.gen'

export type Test = components['schemas']['Judged']
export type TestList = components['schemas']['TestList']
export type TestTotals = components['schemas']['TestTotals']
export type TestItem = components['schemas']['TestItem']
export type TestReading = components['schemas']['TestReading']
export type TestState = components['schemas']['TestResult']['state']
export type TestSeverity = Test['severity']
export type TestOutcome = TestItem['outcome']

export type TestQuery = NonNullable<paths['/api/v1/tests']['get']['parameters']['query']>

/** The tests that a query matches, with how many there are of each kind. */
export const findTests = (query: TestQuery, signal?: AbortSignal) => answer(client.GET('/api/v1/tests', { params: { query }, signal }))

/** One test with what it finds now. */
export const getTest = (id: string, signal?: AbortSignal) => answer(client.GET('/api/v1/tests/{id}', { params: { path: { id } }, signal }))

/** The states, those that need a person first. */
export const testStates = ['failing', 'error', 'stale', 'unproven', 'empty', 'passing', 'unused'] as const satisfies readonly TestState[]

/** The severities, the gravest first. */
export const testSeverities = ['critical', 'high', 'medium', 'low', 'info'] as const satisfies readonly TestSeverity[]
