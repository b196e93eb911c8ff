import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { Plug } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { getConnections } from '@/api/endpoints'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import type { ConnectionItem } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { zonedTime } from '@/lib/time'
import { actorWords } from '@/lib/words'
import { DisconnectDialog } from '@/parts/DisconnectDialog'
import { Button, ButtonLink } from '@/ui/Button'
import { card } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'

const most = 1000
const filter = { disconnected: true, order: 'alias', limit: most } as const

/** Connections that are not read any more and whose history is kept. */
export default function DisconnectedPage() {
  const query = useQuery({
    queryKey: keys.connectionList(filter),
    queryFn: ({ signal }) => getConnections(filter, signal),
    placeholderData: keepPreviousData,
  })
  useTitle(t('connection.disconnected.title'))
  const items = query.data?.items ?? []
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">{t('connection.disconnected.title')}</h1>
      <p className="mt-1 max-w-2xl text-muted">{t('connection.disconnected.about')}</p>
      <div className={`${card} mt-6`}>
        {query.isPending && <SkeletonRows rows={3} label={t('connection.disconnected.loading')} />}
        {query.isError && <ErrorState what={t('connection.disconnected.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
        {query.isSuccess && items.length === 0 && (
          <EmptyState title={t('connection.disconnected.none')} action={<ButtonLink href="/connections">{t('connection.missing.go')}</ButtonLink>} />
        )}
        <ul className="divide-y divide-line">
          {items.map((item) => (
            <Row key={item.id} connection={item} />
          ))}
        </ul>
      </div>
    </>
  )
}

function Row({ connection }: { connection: ConnectionItem }) {
  const [ending, setEnding] = useState(false)
  const ended = connection.disconnection
  return (
    <li className="flex flex-wrap items-center gap-x-6 gap-y-2 px-4 py-3" data-alias={connection.alias}>
      <div className="min-w-0 flex-1 basis-64">
        <Link href={connectionPath(connection)} className="inline-block py-0.5 font-medium hover:text-accent hover:underline">
          <Text>{connection.alias}</Text>
        </Link>{' '}
        <span className="text-sm text-muted">
          <Text>{connection.connector_name}</Text>
        </span>
        {ended && (
          <p className="text-sm text-muted">
            {t('connection.disconnected.on', { at: zonedTime(ended.at) })} <Text>{actorWords(ended.by)}</Text>.{' '}
            {t('connection.disconnected.kept', { count: connection.records })}
          </p>
        )}
      </div>
      <span className="flex gap-2">
        <ButtonLink size="sm" href={`${connectionPath(connection)}/reconnect`} icon={<Plug size={14} aria-hidden />}>
          {t('connection.header.reconnect')}
        </ButtonLink>
        <Button size="sm" look="danger" aria-label={t('connection.disconnected.deleteOne', { alias: connection.alias })} onClick={() => setEnding(true)}>
          {t('connection.header.deleteHistory')}
        </Button>
      </span>
      <DisconnectDialog connection={connection} open={ending} onClose={() => setEnding(false)} />
    </li>
  )
}
