/** Milliseconds to wait before attempt n (from 1): doubling, at most 15 s, spread by a fifth so that tabs do not march in step. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const base = Math.min(15_000, 500 * 2 ** (attempt - 1))
  return Math.round(base * (0.9 + random() * 0.2))
}
