import type { UseQueryResult } from '@tanstack/react-query'
import { useDeferredValue, useEffect } from 'react'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus } from '@/api/types'
import { plural } from '@/lib/numbers'
import { stateOf } from '@/lib/words'
import { announce } from '@/ui/Announce'
import { Button } from '@/ui/Button'
import { SearchBox } from '@/ui/SearchBox'
import { Segments } from '@/ui/Segments'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useClearUrl, useUrlState } from '@/ui/useUrlState'
import { ConnectionTable } from './ConnectionTable'
import { FirstConnection } from './FirstConnection'
import { useConnections } from './queries'
import { segmentsOf, summaryOf } from './states'

export function ActiveTab({ all }: { all: UseQueryResult<ConnectionStatus[]> }) {
  const [asked, setState] = useUrlState('health')
  const [q, setQ] = useUrlState('q', 'replace')
  const clear = useClearUrl()
  const words = useDeferredValue(q.trim())
  const found = useConnections(words ? { q: words } : {})
  const segments = segmentsOf(all.data ?? [])
  const state = segments.find((s) => s.value === asked)?.value ?? ''
  const shown = found.data?.filter((c) => state === '' || stateOf(c) === state)
  const filtered = state !== '' || words !== ''
  const count = shown?.length

  useEffect(() => {
    if (filtered && count !== undefined) announce(`${plural(count, 'connection')} shown`)
  }, [count, filtered])

  if (all.isPending) return <SkeletonRows rows={5} label="Loading connections" />
  if (!all.data) return <ErrorState what="Connections could not be loaded" problem={asProblem(all.error)} onRetry={() => void all.refetch()} />
  if (all.data.length === 0) return <FirstConnection />

  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <SearchBox label="Search connections" value={q} onChange={setQ} />
        <Segments label="Operational status" value={state} options={segments} onChange={setState} />
        <p className="text-sm text-muted">{summaryOf(all.data)}</p>
      </div>
      <div className="mt-3">
        <Shown query={found} connections={shown ?? []} onClear={() => clear(['q', 'health'])} />
      </div>
    </>
  )
}

interface ShownProps {
  query: UseQueryResult<ConnectionStatus[]>
  connections: ConnectionStatus[]
  onClear: () => void
}

function Shown({ query, connections, onClear }: ShownProps) {
  if (query.isPending) return <SkeletonRows rows={5} label="Loading connections" />
  if (!query.data) {
    return <ErrorState what="Connections could not be filtered" problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  }
  if (connections.length > 0) return <ConnectionTable connections={connections} />
  return (
    <EmptyState title="No connection matches" action={<Button onClick={onClear}>Clear the filters</Button>}>
      Nothing fits this search and status together.
    </EmptyState>
  )
}
