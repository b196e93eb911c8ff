import { Link } from 'wouter'
import { count } from '@/lib/numbers'
import { changesPath } from '@/lib/paths'
import { cx } from '@/ui/cx'
import { t } from '@/words'

interface Counts {
  added: number
  changed: number
  removed: number
}

interface Props extends Counts {
  /** Whose changes they are, and of which time: where the link leads. */
  of: Parameters<typeof changesPath>[0]
  className?: string
}

/** How many records were added, changed and removed, as a link to them: "+1 ~18 −2". */
export function ChangeCounts({ of, className, ...counts }: Props) {
  if (counts.added + counts.changed + counts.removed === 0) return <span className={cx('text-faint', className)}>{t('changes.none')}</span>
  return (
    <Link
      href={changesPath(of)}
      aria-label={t('changes.show', { counts: countWords(counts) })}
      className={cx('tabular inline-flex min-h-6 items-center gap-1.5 rounded whitespace-nowrap underline-offset-2 hover:underline', className)}
      data-changes
    >
      {counts.added > 0 && <span className="text-ok">+{count(counts.added)}</span>}
      {counts.changed > 0 && <span className="text-accent">~{count(counts.changed)}</span>}
      {counts.removed > 0 && <span className="text-bad">−{count(counts.removed)}</span>}
    </Link>
  )
}

/** "1 added, 18 changed, 2 removed", without those that did not happen. */
export function countWords({ added, changed, removed }: Counts): string {
  return [
    added > 0 && t('changes.added', { count: added }),
    changed > 0 && t('changes.changed', { count: changed }),
    removed > 0 && t('changes.removed', { count: removed }),
  ]
    .filter(Boolean)
    .join(', ')
}
