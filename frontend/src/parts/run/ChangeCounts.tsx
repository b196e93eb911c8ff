import { Link } from 'wouter'
import type { Run } from '@/api/types'
import { count } from '@/lib/numbers'
import { t } from '@/words'
import { totals } from './truth'

const signs = { added: '+', changed: '~', removed: '−' } as const
type What = keyof typeof signs

/** What a run added, changed and removed; each number is the way to its list. */
export function ChangeCounts({ run }: { run: Run }) {
  const sums = totals(run)
  const parts = (['added', 'changed', 'removed'] as What[]).filter((what) => sums[what] > 0)
  if (parts.length === 0) return <span className="text-faint">{t('run.changes.none')}</span>
  return (
    <span className="tabular inline-flex gap-3">
      {parts.map((what) => (
        <Link key={what} href={`/changes?${new URLSearchParams({ connection: run.alias, run: run.id, change: what }).toString()}`} className="py-0.5 hover:text-accent hover:underline">
          <span aria-hidden className="text-faint">
            {signs[what]}
          </span>
          {count(sums[what])}
          <span className="sr-only"> {t(`run.changes.${what}`)}</span>
        </Link>
      ))}
    </span>
  )
}
