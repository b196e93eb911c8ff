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

const outcomes = ['completed', 'partial', 'failed', 'inconclusive', 'cancelled'] as const
const causes = [
  'credential', 'permission', 'setting', 'network', 'decision', 'machine', 'rate_limit', 'vendor_outage', 'connector_bug', 'our_side', 'unknown',
] as const

export type RunOutcome = (typeof outcomes)[number]
export type RunCause = (typeof causes)[number]

/** The parameters of an address. */
interface Address {
  one: (name: string) => string
  all: (name: string) => string[]
}

const among = <T extends string>(known: readonly T[], given: string[]) => known.filter((one) => given.includes(one))

/** What the address asks for, in the agent's words. */
export function runQuery({ one, all }: Address): RunQuery {
  const outcome = among(outcomes, all('outcome'))
  const cause = among(causes, all('cause'))
  const texts = Object.fromEntries((['connector', 'category', 'owner', 'since', 'until'] as const).filter((name) => one(name)).map((name) => [name, one(name)]))
  return {
    ...texts, zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(one('connection') && { connection: all('connection') }),
    ...(outcome.length > 0 && { outcome }),
    ...(cause.length > 0 && { cause }),
    ...(one('late') === 'true' && { late: true }),
  }
}
