import { asProblem } from '@/api/problem'
import { noList } from '@/parts/records/listState'
import { ButtonLink } from '@/ui/Button'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useTitle } from '@/ui/useTitle'
import { useUrl } from '@/ui/useUrl'
import { Header } from './Header'
import { HeldRemovals } from './HeldRemovals'
import { useConnection } from './queries'
import { RecordsDrawer } from './RecordsDrawer'
import { RunList } from './RunList'
import { StreamTable } from './StreamTable'
import { SyncStatus } from './SyncStatus'

export default function DetailPage({ connection: ref }: { connection: string }) {
  const query = useConnection(ref)
  const url = useUrl()
  const run = url.one('run')
  const connection = query.data
  useTitle(connection?.alias ?? ref)

  if (query.isPending) return <SkeletonRows rows={5} label="Loading the connection" />
  if (!connection) return <Missing reference={ref} error={query.error} onRetry={() => void query.refetch()} />
  return (
    <>
      <Header connection={connection} />
      <HeldRemovals connection={connection} />
      <SyncStatus connection={connection} selected={run} onLatest={() => url.set({ run: '' })} />
      <StreamTable streams={connection.streams} onOpen={(stream) => url.set({ stream })} />
      <RunList connection={connection} selected={run || (connection.last_run?.id ?? '')} onSelect={(id) => url.set({ run: id })} />
      <RecordsDrawer connection={connection} stream={url.one('stream')} onClose={() => url.set({ stream: '', ...noList })} />
    </>
  )
}

function Missing({ reference, error, onRetry }: { reference: string; error: unknown; onRetry: () => void }) {
  const problem = asProblem(error)
  if (problem.code !== 'not_found') return <ErrorState heading="h1" what="The connection could not be loaded" problem={problem} onRetry={onRetry} />
  return (
    <EmptyState heading="h1" title={`There is no connection called ${reference}`} action={<ButtonLink href="/connections">Go to connections</ButtonLink>}>
      It may have been removed, or its alias changed.
    </EmptyState>
  )
}
