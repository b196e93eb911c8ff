import type { Insights } from '@/api/insights'
import type { InsightsState } from './state'

/** What a list of runs is narrowed to besides the span and the connections of the page. */
export interface RunsOf {
  outcome?: readonly string[]
  cause?: string
  late?: boolean
  since?: string
  until?: string
  row?: string
  connection?: string
}

/** Every outcome that counts as a run. */
export const counting = ['completed', 'partial', 'failed', 'inconclusive'] as const
export const incomplete = ['partial', 'failed', 'inconclusive'] as const

/** Where the runs behind a figure are listed: the list is filtered by the same words that the figure was counted with. */
export function runsPath(answer: Insights, { group, only }: InsightsState, of: RunsOf): string {
  const params = new URLSearchParams({ since: of.since ?? answer.since, until: of.until ?? answer.until })
  const narrow = { ...only, ...(of.row !== undefined && { [group]: of.row }), ...(of.connection && { connection: of.connection }) }
  for (const [name, value] of Object.entries(narrow)) if (value) params.set(name, value)
  for (const outcome of of.outcome ?? []) params.append('outcome', outcome)
  if (of.cause) params.set('cause', of.cause)
  if (of.late) params.set('late', 'true')
  return `/runs?${params.toString()}`
}
