import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { ConnectionItem } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { sentence } from '@/lib/words'
import { StatusIcon } from '@/parts/StatusIcon'
import { card, Section } from '@/ui/Section'
import { ErrorState } from '@/ui/States'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { useLatestRuns } from './queries'
import { saidOf, shortOf, sumsOf } from './sums'

const shown = 5
const byNext = (a: ConnectionItem, b: ConnectionItem) => Date.parse(a.next_run_at ?? '') - Date.parse(b.next_run_at ?? '')

/** What the schedule does next. */
export function NextSyncs({ connections }: { connections: ConnectionItem[] }) {
  const due = connections.filter((one) => one.next_run_at !== null).sort(byNext)
  return (
    <Section title={t('home.next.title')}>
      <div className={card}>
        {due.length === 0 ? (
          <p className="px-4 py-4 text-sm text-muted">{t('home.next.none')}</p>
        ) : (
          <ul className="divide-y divide-line">
            {due.slice(0, shown).map((one) => (
              <Line key={one.id} connection={one}>
                <Time at={one.next_run_at} className="text-muted" />
              </Line>
            ))}
          </ul>
        )}
      </div>
    </Section>
  )
}

/** What the latest runs changed, each figure with the way to the changes themselves. */
export function LastChanges() {
  const { data, error, refetch } = useLatestRuns()
  const runs = (data ?? []).map((run) => ({ run, sums: sumsOf(run) })).filter(({ sums }) => sums.added + sums.changed + sums.removed > 0)
  return (
    <Section
      title={t('home.last.title')}
      aside={
        <Link href="/changes" className="text-sm text-accent hover:underline">
          {t('home.last.all')}
        </Link>
      }
    >
      <div className={card}>
        {error && !data ? (
          <ErrorState what={t('home.last.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : runs.length === 0 ? (
          <p className="px-4 py-4 text-sm text-muted">{data ? t('home.last.none') : t('home.loading')}</p>
        ) : (
          <ul className="divide-y divide-line">
            {runs.slice(0, shown).map(({ run, sums }) => (
              <li key={run.id} className="flex items-center gap-2 px-4 py-2 text-sm">
                <Link href={`/changes?run=${encodeURIComponent(run.id)}`} className="min-h-6 min-w-0 flex-1 truncate leading-6 hover:underline" aria-label={saidOf(run.alias, sums)}>
                  <Text>{run.alias}</Text> <span className="tabular text-muted">{shortOf(sums)}</span>
                </Link>
                <Time at={run.finished_at} className="shrink-0 text-xs text-muted" />
              </li>
            ))}
          </ul>
        )}
      </div>
    </Section>
  )
}

function Line({ connection, children }: { connection: ConnectionItem; children: ReactNode }) {
  const status = connection.last_run?.status ?? 'queued'
  return (
    <li className="flex items-center gap-2 px-4 py-2 text-sm">
      <StatusIcon status={status} size={14} />
      <span className="sr-only">{`${sentence(status)}.`}</span>
      <Link href={connectionPath(connection)} className="min-h-6 min-w-0 flex-1 truncate leading-6 hover:underline">
        <Text>{connection.alias}</Text>
      </Link>
      <span className="shrink-0 text-xs">{children}</span>
    </li>
  )
}
