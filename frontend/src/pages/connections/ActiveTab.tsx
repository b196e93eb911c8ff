import type { UseQueryResult } from '@tanstack/react-query'
import { useDeferredValue, useEffect } from 'react'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus, Health } from '@/api/types'
import { plural } from '@/lib/numbers'
import { announce } from '@/ui/Announce'
import { Button } from '@/ui/Button'
import { SearchBox } from '@/ui/SearchBox'
import { Segments, type Segment } from '@/ui/Segments'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useClearUrl, useUrlState } from '@/ui/useUrlState'
import { ConnectionTable } from './ConnectionTable'
import { FirstConnection } from './FirstConnection'
import { useConnections } from './queries'

const healths: Health[] = ['healthy', 'unhealthy', 'unknown']

export function ActiveTab({ all }: { all: UseQueryResult<ConnectionStatus[]> }) {
  const [asHealth, setHealth] = useUrlState('health')
  const [q, setQ] = useUrlState('q', 'replace')
  const health = healths.find((h) => h === asHealth)
  const clear = useClearUrl()
  const asked = useDeferredValue(q.trim())
  const shown = useConnections({ ...(health && { health }), ...(asked && { q: asked }) })
  const filtered = health !== undefined || asked !== ''
  const found = shown.data?.length

  useEffect(() => {
    if (filtered && found !== undefined) announce(`${plural(found, 'connection')} shown`)
  }, [filtered, found])

  if (all.isPending) return <SkeletonRows rows={5} label="Loading connections" />
  if (!all.data) return <ErrorState what="Connections could not be loaded" problem={asProblem(all.error)} onRetry={() => void all.refetch()} />
  if (all.data.length === 0) return <FirstConnection />

  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <SearchBox label="Search connections" value={q} onChange={setQ} />
        <Segments label="Operational status" value={health ?? ''} options={segments(all.data)} onChange={setHealth} />
      </div>
      <div className="mt-3">
        <Shown query={shown} onClear={() => clear(['q', 'health'])} />
      </div>
    </>
  )
}

function Shown({ query, onClear }: { query: UseQueryResult<ConnectionStatus[]>; onClear: () => void }) {
  if (query.isPending) return <SkeletonRows rows={5} label="Loading connections" />
  if (!query.data) {
    return <ErrorState what="Connections could not be filtered" problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  }
  if (query.data.length > 0) return <ConnectionTable connections={query.data} />
  return (
    <EmptyState title="No connection matches" action={<Button onClick={onClear}>Clear the filters</Button>}>
      Nothing fits this search and status together.
    </EmptyState>
  )
}

/** The statuses to filter by. Unknown is only offered while something is. */
function segments(all: ConnectionStatus[]): Segment[] {
  const count = (health: string) => all.filter((c) => c.health === health).length
  const unknown = count('unknown')
  return [
    { value: '', title: 'All', count: all.length },
    { value: 'healthy', title: 'Healthy', count: count('healthy') },
    { value: 'unhealthy', title: 'Unhealthy', count: count('unhealthy') },
    ...(unknown > 0 ? [{ value: 'unknown', title: 'Unknown', count: unknown }] : []),
  ]
}
