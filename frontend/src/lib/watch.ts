import { backoff } from './backoff'

export interface Batch<E> {
  items: E[]
  last: number
  reset: boolean
}

export type Link =
  | { phase: 'connecting' | 'connected' }
  /** lostAt is when an answer first failed to come. */
  | { phase: 'reconnecting' | 'offline'; attempt: number; retryAt: number; lostAt: number }

export interface Watch<E> {
  /** Asks for what happened after a number; without one it answers at once with the last number. */
  poll: (after: number | undefined) => Promise<Batch<E>>
  /** Resolves after that many milliseconds, or as soon as the person asks to retry. */
  wait: (ms: number) => Promise<void>
  now: () => number
  onEvents: (items: E[]) => void
  onReset: () => void
  onLink: (link: Link) => void
  /** An error after which asking again cannot help, such as having no session. */
  isFinal: (error: unknown) => boolean
  signal: AbortSignal
}

const settle = 500
/** An empty answer this quick was not waited for; asking on without a rest would be a spin. */
const tooSoon = 1_000
const offlineAfter = 3

/**
 * Follows the numbered events until the signal aborts or an error is final.
 * After every break in the line everything is refetched: what was missed is not known.
 */
export async function watch<E>(w: Watch<E>): Promise<void> {
  let after: number | undefined
  let attempt = 0
  let lostAt = 0
  w.onLink({ phase: 'connecting' })
  while (!w.signal.aborted) {
    const asked = w.now()
    try {
      const batch = await w.poll(attempt > 0 ? undefined : after)
      if (w.signal.aborted) return
      if (after === undefined || attempt > 0) w.onLink({ phase: 'connected' })
      if (attempt > 0 || batch.reset || (after !== undefined && batch.last < after)) w.onReset()
      else if (after !== undefined && batch.items.length > 0) w.onEvents(batch.items)
      const first = after === undefined || attempt > 0
      after = batch.last
      attempt = 0
      // A burst of events costs one refetch, not one each.
      if (batch.items.length > 0) await w.wait(settle)
      else if (!first && w.now() - asked < tooSoon) await w.wait(tooSoon)
    } catch (error) {
      if (w.signal.aborted || w.isFinal(error)) return
      if (attempt === 0) lostAt = w.now()
      attempt++
      const ms = backoff(attempt)
      w.onLink({ phase: attempt > offlineAfter ? 'offline' : 'reconnecting', attempt, retryAt: w.now() + ms, lostAt })
      await w.wait(ms)
    }
  }
}
