import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus } from '@/api/types'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { t } from '@/words'
import { ChangeRows } from './ChangeRows'
import { changesPath } from './links'
import { useLatestChanges } from './queries'

const shown = 200

/** What runs added, changed and removed: the latest here, all of them in the list of changes. */
export function ChangesTab({ connection }: { connection: ConnectionStatus }) {
  const query = useLatestChanges(connection.id, '', shown)
  const changes = query.data?.items ?? []
  return (
    <Section
      title={t('connection.changes.latest')}
      aside={
        <Link href={changesPath({ connection: connection.alias })} className="py-1 text-sm text-accent hover:underline">
          {t('connection.changes.open')}
        </Link>
      }
    >
      <div className={card}>
        {query.isPending && <SkeletonRows rows={6} label={t('connection.changes.loading')} />}
        {query.isError && <ErrorState what={t('connection.changes.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
        {query.isSuccess && changes.length === 0 && (
          <EmptyState title={t('connection.changes.noneTitle')}>{query.data.explanation ?? t('connection.changes.none')}</EmptyState>
        )}
        {changes.length > 0 && <ChangeRows changes={changes} connection={connection} />}
        {query.data?.next_cursor && <p className="border-t border-line px-4 py-2.5 text-sm text-muted">{t('connection.changes.more', { count: shown })}</p>}
      </div>
    </Section>
  )
}
