import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus } from '@/api/types'
import { changesPath } from '@/lib/paths'
import { card, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { t } from '@/words'
import { ChangeRows } from './ChangeRows'
import { useLatestChanges } from './queries'

interface Props {
  connection: ConnectionStatus
  /** How many changes are shown at most. */
  most: number
  /** What the link to all of them says. */
  link: string
  /** What stands here when there are none. */
  none: (why: string) => ReactNode
  /** What stands below when there are more. */
  more?: ReactNode
}

/** The latest changes that runs found, with the way to all of them. */
export function LatestChanges({ connection, most, link, none, more }: Props) {
  const query = useLatestChanges(connection.id, '', most)
  const changes = query.data?.items ?? []
  return (
    <Section
      title={t('connection.changes.latest')}
      aside={
        <Link href={changesPath({ connection: connection.alias })} className="py-1 text-sm text-accent hover:underline">
          {link}
        </Link>
      }
    >
      <div className={card}>
        {query.isPending && <SkeletonRows rows={Math.min(most, 6)} label={t('connection.changes.loading')} />}
        {query.isError && <ErrorState what={t('connection.changes.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
        {query.isSuccess && changes.length === 0 && none(query.data.explanation ?? t('connection.changes.none'))}
        {changes.length > 0 && <ChangeRows changes={changes} connection={connection} />}
        {query.data?.next_cursor && more}
      </div>
    </Section>
  )
}
