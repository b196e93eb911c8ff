import type { RecentRuns } from '@/api/types'
import { plural } from '@/lib/numbers'
import { duration } from '@/lib/time'
import { sentence, statusTone, type Tone } from '@/lib/words'
import { cx } from '@/ui/cx'

const cells = 30
const fills: Record<Tone, string> = {
  ok: 'bg-ok-solid',
  warn: 'bg-warn-solid hatch',
  bad: 'bg-bad-solid',
  info: 'bg-accent-solid',
  quiet: 'bg-quiet-solid',
}

/** The host's letters for how a run ended. */
const words: Record<string, string> = { s: 'succeeded', p: 'partial', f: 'failed', c: 'cancelled', i: 'interrupted' }

/** The latest finished runs, oldest on the left; a taller cell took longer. */
export function HistoryStrip({ recent }: { recent: RecentRuns }) {
  const runs = [...recent.statuses].map((letter, i) => ({ status: words[letter] ?? letter, seconds: recent.seconds[i] ?? 0 })).reverse()
  const longest = Math.max(1, ...recent.seconds)
  return (
    <span role="img" aria-label={summary(runs)} className="inline-flex h-5 items-end gap-0.5">
      {Array.from({ length: cells - runs.length }, (_, i) => (
        <span key={i} className="h-0.5 w-0.75 rounded-full bg-line-strong" />
      ))}
      {runs.map((run, i) => (
        <span
          key={i}
          title={`${sentence(run.status)}, ${duration(run.seconds)}`}
          style={{ height: `${8 + Math.round(12 * Math.sqrt(run.seconds / longest))}px` }}
          className={cx('w-0.75 rounded-xs', fills[statusTone(run.status)])}
        />
      ))}
    </span>
  )
}

function summary(runs: { status: string }[]): string {
  if (runs.length === 0) return 'No runs yet'
  const byStatus = new Map<string, number>()
  for (const run of runs) byStatus.set(run.status, (byStatus.get(run.status) ?? 0) + 1)
  return `Last ${plural(runs.length, 'run')}: ${[...byStatus].map(([status, n]) => `${n} ${status}`).join(', ')}`
}
