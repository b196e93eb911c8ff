import { Minus, Pencil, Plus } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { FieldValue, RecordRef, RecordVersion } from '@/api/records'
import { changesPath, recordPath } from '@/lib/paths'
import { zonedTime } from '@/lib/time'
import { useVersions } from '@/parts/records/queries'
import { Button } from '@/ui/Button'
import { Chip } from '@/ui/Chip'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { t } from '@/words'
import { Diff } from './Diff'
import { Moment } from './Moment'

interface Props {
  of: RecordRef
  fields: FieldValue[]
  /** When the version that is shown was stored. */
  shown: string | undefined
}

/** Every version that is kept, newest first, with what differs from the one before. */
export function Versions({ of, fields, shown }: Props) {
  const query = useVersions(of)
  const versions = query.data?.pages.flatMap((page) => page.items) ?? []
  const pruned = query.data?.pages.at(-1)?.pruned_before
  if (query.isPending) return <SkeletonRows rows={2} label={t('record.versions.loading')} />
  if (query.isError && versions.length === 0) {
    return <ErrorState what={t('record.versions.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  }
  return (
    <>
      <ol className="divide-y divide-line">
        {versions.map((version, i) => (
          <Version key={version.number} of={of} version={version} fields={fields} shown={version.at === shown} first={i === 0} />
        ))}
      </ol>
      {query.hasNextPage && (
        <Button size="sm" asksAgent busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
          {t('record.versions.more')}
        </Button>
      )}
      {pruned && !query.hasNextPage && <p className="pt-2 text-xs text-muted">{t('record.versions.pruned', { moment: zonedTime(pruned) })}</p>}
    </>
  )
}

const signs = {
  added: { icon: Plus, tone: 'ok' },
  changed: { icon: Pencil, tone: 'info' },
  removed: { icon: Minus, tone: 'bad' },
} as const

/** What happened to a record, as a word with its sign. */
export function ChangeWord({ change }: { change: RecordVersion['change'] }) {
  const { icon: Icon, tone } = signs[change]
  return (
    <Chip tone={tone} icon={<Icon size={12} aria-hidden />} className="h-5! align-middle">
      {t(`record.change.${change}`)}
    </Chip>
  )
}

interface VersionProps {
  of: RecordRef
  version: RecordVersion
  fields: FieldValue[]
  shown: boolean
  first: boolean
}

function Version({ of, version, fields, shown, first }: VersionProps) {
  const [open, setOpen] = useState((first || shown) && version.change === 'changed')
  return (
    <li className="py-2.5" data-version={version.number} aria-current={shown || undefined}>
      <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
        <span className="tabular text-xs text-muted">#{version.number}</span>
        <ChangeWord change={version.change} />
        <span>
          <Moment at={version.at} />
        </span>
        {shown && <span className="text-xs font-medium text-accent">{t('record.versions.shown')}</span>}
      </div>
      <div className="mt-1 flex flex-wrap gap-x-3 text-sm">
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="inline-flex min-h-6 items-center rounded text-accent underline-offset-2 hover:underline"
        >
          {version.change === 'changed' ? t('record.versions.diff', { count: version.diff.length + (version.diff_cut ?? 0) }) : t('record.versions.values')}
        </button>
        <Link href={changesPath({ run: version.run })} className="inline-flex min-h-6 items-center text-muted underline-offset-2 hover:underline">
          {t('record.versions.run')}
        </Link>
        {!shown && (
          <Link href={recordPath(of, version.at)} className="inline-flex min-h-6 items-center text-muted underline-offset-2 hover:underline">
            {t('record.versions.asOf')}
          </Link>
        )}
      </div>
      {open && (
        <div className="mt-1">
          <Diff diffs={version.diff} cut={version.diff_cut} lost={version.diff_lost} fields={fields} />
        </div>
      )}
    </li>
  )
}
