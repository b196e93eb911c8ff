import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus } from '@/api/types'
import { card, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { t } from '@/words'
import { ChangeRows } from './ChangeRows'
import { changesPath } from './links'
import { useLatestChanges } from './queries'

const shown = 10

/** The latest changes that runs found, with the way to all of them. */
export function LastChanges({ connection }: { connection: ConnectionStatus }) {
  const query = useLatestChanges(connection.id, '', shown)
  const changes = query.data?.items ?? []
  return (
    <Section
      title={t('connection.changes.latest')}
      aside={
        changes.length > 0 && (
          <Link href={changesPath({ connection: connection.alias })} className="py-1 text-sm text-accent hover:underline">
            {t('connection.changes.all')}
          </Link>
        )
      }
    >
      <div className={card}>
        {query.isPending && <SkeletonRows rows={3} label={t('connection.changes.loading')} />}
        {query.isError && <ErrorState what={t('connection.changes.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
        {query.isSuccess && changes.length === 0 && (
          <p className="px-4 py-3 text-sm text-muted">{query.data.explanation ?? t('connection.changes.none')}</p>
        )}
        {changes.length > 0 && <ChangeRows changes={changes} connection={connection} />}
      </div>
    </Section>
  )
}
