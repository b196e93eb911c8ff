import { answer, client } from './client'
import type { components, paths } from './schema.gen'

export type Insights = components['schemas']['InsightsAnswer']
export type Figures = components['schemas']['RowFigures']
export type DayCount = components['schemas']['DayCount']
export type CauseFigures = components['schemas']['CauseFigures']
export type CredentialEnd = components['schemas']['CredentialEnd']
export type FreshConnection = components['schemas']['FreshConnection']

export type InsightsQuery = NonNullable<paths['/api/v1/insights']['get']['parameters']['query']>
export type RunQuery = NonNullable<paths['/api/v1/runs']['get']['parameters']['query']>

/** Runs that end one after the other ask for the same figures again at most so often, in milliseconds. */
const pace = 2_000
const asked = new Map<string, number>()

/** The figures of a span of time. */
export async function getInsights(query: InsightsQuery, signal?: AbortSignal): Promise<Insights> {
  const key = JSON.stringify(query)
  const rest = (asked.get(key) ?? 0) + pace - Date.now()
  if (rest > 0) await new Promise((resolve) => setTimeout(resolve, rest))
  signal?.throwIfAborted()
  asked.set(key, Date.now())
  return answer(client.GET('/api/v1/insights', { params: { query }, signal }))
}

/** A page of the runs that pass a filter, newest first. */
export const findRuns = (query: RunQuery, cursor: string | undefined, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/runs', { params: { query: { ...query, limit: 50, cursor } }, signal }))
