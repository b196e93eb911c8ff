import type { RunOutcome } from '@/api/types'

/** Fewer runs than these say nothing about what is usual. */
const enough = 3

/** How long the earlier runs that succeeded took, in the middle, in seconds; with how many they are. Undefined while they are too few. */
export function usual(history: RunOutcome[], run: string): { seconds: number; runs: number } | undefined {
  const at = history.findIndex((one) => one.id === run)
  const taken = (at < 0 ? history : history.slice(at + 1)).filter((one) => one.status === 'succeeded').map((one) => one.seconds)
  if (taken.length < enough) return undefined
  const sorted = taken.toSorted((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low = 0, high = 0] = [sorted[middle - 1], sorted[middle]]
  return { seconds: sorted.length % 2 === 1 ? high : (low + high) / 2, runs: taken.length }
}
