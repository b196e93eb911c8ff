import { asProblem } from '@/api/problem'
import type { AuditEntry, ConnectionStatus } from '@/api/types'
import { actorWords } from '@/lib/words'
import { Button } from '@/ui/Button'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { deedsOf, type Deed } from './deeds'
import { useAudit } from './queries'

/** Who did what to this connection, by the audit log. */
export function ActivityTab({ connection }: { connection: ConnectionStatus }) {
  const query = useAudit(connection.id)
  const entries = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <Section title={t('connection.activity.title')}>
      <div className={card}>
        {query.isPending && <SkeletonRows rows={4} label={t('connection.activity.loading')} />}
        {query.isError && entries.length === 0 && (
          <ErrorState what={t('connection.activity.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
        )}
        {query.isSuccess && entries.length === 0 && <EmptyState title={t('connection.activity.none')} />}
        <ol className="divide-y divide-line text-sm">
          {entries.map((entry) => (
            <Row key={`${entry.number}/${entry.key}`} entry={entry} />
          ))}
        </ol>
        {query.hasNextPage && (
          <div className="border-t border-line p-2 text-center">
            <Button size="sm" look="ghost" asksAgent busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t('connection.activity.more')}
            </Button>
          </div>
        )}
      </div>
    </Section>
  )
}

function Row({ entry }: { entry: AuditEntry }) {
  const deeds = deedsOf(entry)
  return (
    <li className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-4 py-2.5" data-entry={entry.number}>
      <span className="w-28 shrink-0 text-muted">
        <Time at={entry.at} />
      </span>
      <span className="w-48 shrink-0 truncate">
        <Text>{actorWords(entry.actor)}</Text>
      </span>
      <ul className="min-w-0 flex-1 basis-64">
        {deeds.map((deed, i) => (
          <li key={i}>
            <DeedWords deed={deed} />
          </li>
        ))}
      </ul>
      <span className="tabular text-xs text-faint">{t('connection.activity.number', { number: entry.number })}</span>
    </li>
  )
}

function DeedWords({ deed }: { deed: Deed }) {
  return (
    <>
      {t(`connection.deed.${deed.what}`)}
      {deed.name && (
        <>
          {' '}
          <code className="font-mono text-xs">
            <Text>{deed.name}</Text>
          </code>
        </>
      )}
      {(deed.before !== undefined || deed.after !== undefined) && (
        <span className="text-muted">
          {' '}
          <Text>{deed.before || t('connection.activity.empty')}</Text> → <Text>{deed.after || t('connection.activity.empty')}</Text>
        </span>
      )}
    </>
  )
}
