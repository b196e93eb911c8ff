import { asProblem } from '@/api/problem'
import { listParams } from '@/parts/records/listState'
import { ButtonLink } from '@/ui/Button'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useTitle } from '@/ui/useTitle'
import { useClearUrl, useUrlState } from '@/ui/useUrlState'
import { Header } from './Header'
import { HeldRemovals } from './HeldRemovals'
import { useConnection } from './queries'
import { RecordsDrawer } from './RecordsDrawer'
import { RunList } from './RunList'
import { StreamTable } from './StreamTable'
import { SyncStatus } from './SyncStatus'

export default function DetailPage({ connection: ref }: { connection: string }) {
  const query = useConnection(ref)
  const [run, setRun] = useUrlState('run')
  const [stream, setStream] = useUrlState('stream')
  const clear = useClearUrl()
  const connection = query.data
  useTitle(connection?.alias ?? ref)

  if (query.isPending) return <SkeletonRows rows={5} label="Loading the connection" />
  if (!connection) return <Missing reference={ref} error={query.error} onRetry={() => void query.refetch()} />
  return (
    <>
      <Header connection={connection} />
      <HeldRemovals connection={connection} />
      <SyncStatus connection={connection} selected={run} onLatest={() => setRun('')} />
      <StreamTable streams={connection.streams} onOpen={setStream} />
      <RunList connection={connection} selected={run || (connection.last_run?.id ?? '')} onSelect={setRun} />
      <RecordsDrawer connection={connection} stream={stream} onClose={() => clear(['stream', ...listParams])} />
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
