import type { Run, Step } from '@/api/types'

/** A piece of the timeline in hundredths of the whole: what comes before it, how long it worked and how long it waited. */
export interface Bar {
  left: number
  work: number
  wait: number
}

export interface Span {
  /** When the timeline begins, in milliseconds. */
  start: number
  seconds: number
  now: number
}

/** From the moment a run was asked for to its end, or to now while it goes on. */
export function spanOf(run: Run, now: number): Span {
  const start = Date.parse(run.queued_at)
  const end = run.finished_at ? Date.parse(run.finished_at) : Math.max(now, start)
  return { start, seconds: Math.max(0.001, (end - start) / 1000), now }
}

/**
 * Where a step stands on the timeline. The host counts how long a step waited and not when, so its
 * waits stand together at the end of its bar.
 */
export function barOf(step: Step, { start, seconds, now }: Span): Bar {
  if (!step.started_at) return { left: 0, work: 0, wait: 0 }
  const from = (Date.parse(step.started_at) - start) / 1000
  const took = Math.max(0, ((step.finished_at ? Date.parse(step.finished_at) : now) - Date.parse(step.started_at)) / 1000)
  const waited = Math.min(took, step.waited_seconds ?? 0)
  const share = (part: number) => Math.min(100, Math.max(0, (part / seconds) * 100))
  return { left: share(from), work: share(took - waited), wait: share(waited) }
}
