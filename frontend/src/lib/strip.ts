/** A finished run as a strip shows it. */
export interface StripRun {
  status: string
  seconds: number
}

/** The host's letters for how a run ended. */
const words: Record<string, string> = { s: 'succeeded', p: 'partial', f: 'failed', c: 'cancelled', i: 'interrupted' }

/** The runs of a strip, oldest first, from the host's short form, newest first. */
export const stripRuns = ({ statuses, seconds }: { statuses: string; seconds: number[] }): StripRun[] =>
  [...statuses].map((letter, i) => ({ status: words[letter] ?? letter, seconds: seconds[i] ?? 0 })).reverse()

export const strip = { cells: 30, pitch: 5, width: 4, up: 15, down: 7 }

/**
 * The strip as paths of an SVG by status. Each run stands in its own cell: what succeeded rises from the line, as high
 * as it took long; what failed hangs below it; what was read in part rises with a gap; what was cancelled or
 * interrupted is a short mark on the line. So they are told apart without colour.
 */
export function stripPaths(runs: readonly StripRun[]): Map<string, string> {
  const longest = Math.max(1, ...runs.map((run) => run.seconds))
  const paths = new Map<string, string>()
  const add = (status: string, d: string) => paths.set(status, (paths.get(status) ?? '') + d)
  const first = strip.cells - runs.length
  runs.forEach(({ status, seconds }, i) => {
    const x = (first + i) * strip.pitch
    const share = Math.sqrt(seconds / longest)
    const rises = 4 + Math.round((strip.up - 4) * share)
    if (status === 'succeeded') add(status, box(x, strip.up - rises, rises))
    else if (status === 'partial') add(status, box(x, strip.up - Math.max(rises, 7), Math.max(rises, 7) - 4) + box(x, strip.up - 2, 2))
    else if (status === 'failed') add(status, box(x, strip.up, 3 + Math.round((strip.down - 3) * share)))
    else add('other', box(x, strip.up - 2, 2))
  })
  for (let i = 0; i < first; i++) add('none', box(i * strip.pitch, strip.up - 1, 1))
  return paths
}

const box = (x: number, y: number, height: number) => `M${x} ${y}h${strip.width}v${height}h-${strip.width}z`

/** How many runs ended how, most frequent first. */
export function stripCounts(runs: readonly StripRun[]): [string, number][] {
  const counts = new Map<string, number>()
  for (const { status } of runs) counts.set(status, (counts.get(status) ?? 0) + 1)
  return [...counts].sort((a, b) => b[1] - a[1])
}
