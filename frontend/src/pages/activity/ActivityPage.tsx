import { ShieldCheck, ShieldQuestion } from 'lucide-react'
import { useMemo } from 'react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { Entry } from '@/api/types'
import { fullTime } from '@/lib/time'
import { ExportButton } from '@/parts/export/ExportButton'
import { Button } from '@/ui/Button'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { card } from '@/ui/Section'
import { useTitle } from '@/ui/useTitle'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { nounWord } from './entries'
import { EntryRow } from './EntryRow'
import { Filters } from './Filters'
import { useAudit, useStorage } from './queries'

const names = ['actor', 'collection', 'key', 'since', 'until'] as const

type Filter = Partial<Record<(typeof names)[number], string>>

/** What is asked for, in words. */
const conditionsOf = ({ actor, collection, key, since, until }: Filter): string[] =>
  [
    actor && `${t('activity.who')}: ${actor}`,
    collection && `${t('activity.what')}: ${nounWord(collection)}`,
    key && `${t('activity.called')}: ${key}`,
    since && `${t('activity.since')}: ${since}`,
    until && `${t('activity.until')}: ${until}`,
  ].filter((text): text is string => Boolean(text))

/** Who did what, and when: the audit log, newest first. */
export default function ActivityPage() {
  useTitle(t('activity.title'))
  const url = useUrl()
  const filter: Filter = Object.fromEntries(names.flatMap((name) => (url.one(name) ? [[name, url.one(name)]] : [])))
  const { data, error, refetch, hasNextPage, fetchNextPage, isFetchingNextPage } = useAudit(filter)
  const entries = useMemo(() => data?.pages.flatMap(({ items }) => items), [data])
  const filtered = Object.keys(filter).length > 0
  const clear = () => url.set(Object.fromEntries(names.map((name) => [name, ''])))
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">{t('activity.title')}</h1>
      <p className="mt-0.5 max-w-3xl text-muted">{t('activity.about')}</p>
      <Verified />
      <div className="flex flex-wrap items-end justify-between gap-3">
        <Filters />
        {entries && entries.length > 0 && <ExportButton list="audit" filter={filter} conditions={conditionsOf(filter)} />}
      </div>
      <div className={`mt-4 ${card}`}>
        {error && !entries ? (
          <ErrorState what={t('activity.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : !entries ? (
          <SkeletonRows rows={8} label={t('activity.loading')} />
        ) : entries.length === 0 && filtered ? (
          <EmptyState title={t('activity.filtered')} action={<Button onClick={clear}>{t('activity.clear')}</Button>} />
        ) : entries.length === 0 ? (
          <EmptyState title={t('activity.none')}>{t('activity.noneWhy')}</EmptyState>
        ) : (
          <Days entries={entries} />
        )}
      </div>
      {entries && entries.length > 0 && (
        <div className="flex items-center justify-between gap-3 py-3 text-sm text-muted">
          <p role="status">{hasNextPage ? t('activity.shown', { count: entries.length }) : t('activity.all', { count: entries.length })}</p>
          {hasNextPage && (
            <Button size="sm" asksAgent busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {t('activity.older')}
            </Button>
          )}
        </div>
      )}
    </>
  )
}

const dayOf = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' })

/** The entries under the days on which they were made. */
function Days({ entries }: { entries: Entry[] }) {
  const days = new Map<string, Entry[]>()
  for (const entry of entries) {
    const day = dayOf.format(new Date(entry.at))
    days.set(day, [...(days.get(day) ?? []), entry])
  }
  return [...days].map(([day, list]) => (
    <section key={day} aria-label={day}>
      <h2 className="border-b border-line bg-sunken px-4 py-1.5 text-xs font-medium text-muted not-first:border-t">{day}</h2>
      <ul className="divide-y divide-line">
        {list.map((entry) => (
          <EntryRow key={`${entry.number} ${entry.collection} ${entry.key}`} entry={entry} />
        ))}
      </ul>
    </section>
  ))
}

/** Whether the chain of the log was compared, and what that said. */
function Verified() {
  const verified = useStorage().data?.verified
  const good = verified && verified.bad.length === 0
  const Icon = good ? ShieldCheck : ShieldQuestion
  return (
    <p className="mt-2 flex items-start gap-1.5 text-sm text-muted">
      <Icon size={16} aria-hidden className={good ? 'mt-0.5 shrink-0 text-ok' : 'mt-0.5 shrink-0 text-faint'} />
      <span>
        {!verified ? t('activity.chain.never') : good ? t('activity.chain.good', { at: fullTime(verified.finished_at), count: verified.audit.length }) : t('activity.chain.bad', { at: fullTime(verified.finished_at) })}{' '}
        <Link href="/backup" className="text-accent underline underline-offset-2">
          {t('activity.chain.verify')}
        </Link>
      </span>
    </p>
  )
}
