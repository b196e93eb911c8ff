import type { Problem, Run } from '@/api/types'

/** How often a problem was met, among the runs that are known. */
export interface Seen {
  times: number
  /** When the oldest of these runs began. */
  first: string
  /** How many runs were looked at, this one included. */
  of: number
}

/** The same problem is one with the same code at the same step, or without a step in both runs. */
const meets = (run: Run, code: string, step: string) =>
  step ? run.steps.some((one) => one.name === step && one.error?.code === code) : run.error?.code === code

/** In how many of the runs up to one run its problem was met. Runs are newest first; later ones do not count. */
export function seenOf(problem: Pick<Problem, 'code'>, step: string, run: Run, runs: Run[]): Seen {
  const at = runs.findIndex((one) => one.id === run.id)
  const upTo = at < 0 ? [run, ...runs.filter((one) => one.queued_at < run.queued_at)] : runs.slice(at)
  const met = upTo.filter((one) => meets(one, problem.code, step))
  const oldest = met.at(-1) ?? run
  return { times: Math.max(1, met.length), first: oldest.started_at ?? oldest.queued_at, of: Math.max(1, upTo.length) }
}
