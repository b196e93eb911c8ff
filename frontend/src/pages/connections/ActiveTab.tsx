import type { UseQueryResult } from '@tanstack/react-query'
import { useEffect } from 'react'
import type { ConnectionFilter } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { ConnectionPage, Status } from '@/api/types'
import { plural } from '@/lib/numbers'
import { announce } from '@/ui/Announce'
import { Button } from '@/ui/Button'
import { Pager } from '@/ui/Pager'
import { SearchBox } from '@/ui/SearchBox'
import { Segments } from '@/ui/Segments'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useDebounced } from '@/ui/useDebounced'
import { useUrl, type Url } from '@/ui/useUrl'
import { ConnectionTable } from './ConnectionTable'
import { FirstConnection } from './FirstConnection'
import { useConnections } from './queries'
import { segmentsOf, summaryOf, totalOf } from './states'

export function ActiveTab({ status }: { status: UseQueryResult<Status> }) {
  if (status.isPending) return <SkeletonRows rows={5} label="Loading connections" />
  if (!status.data) return <ErrorState what="Connections could not be loaded" problem={asProblem(status.error)} onRetry={() => void status.refetch()} />
  if (totalOf(status.data.counts) === 0) return <FirstConnection />
  return <Connections counts={status.data.counts} />
}

const states: ConnectionFilter['health'][] = ['healthy', 'unhealthy', 'unknown', 'paused']

function Connections({ counts }: { counts: Status['counts'] }) {
  const url = useUrl()
  const q = url.one('q')
  const words = useDebounced(q.trim(), 150)
  const health = states.find((state) => state === url.one('health'))
  const query = useConnections({ order: 'urgent', q: words || undefined, health, cursor: url.one('after') || undefined })
  const filtered = health !== undefined || words !== ''
  const count = query.data?.matched

  useEffect(() => {
    if (filtered && count !== undefined) announce(`${plural(count, 'connection')} found`)
  }, [count, filtered])

  return (
    <>
      <div className="flex flex-wrap items-center gap-3">
        <SearchBox label="Search connections" value={q} onChange={(value) => url.set({ q: value, after: '' }, 'typing')} />
        <Segments
          label="Operational status"
          value={health ?? ''}
          options={segmentsOf(counts)}
          onChange={(value) => url.set({ health: value, after: '' })}
        />
        <p className="text-sm text-muted">{summaryOf(counts)}</p>
      </div>
      <div className="mt-3">
        <Page query={query} url={url} />
      </div>
    </>
  )
}

function Page({ query, url }: { query: UseQueryResult<ConnectionPage>; url: Url }) {
  if (query.isPending) return <SkeletonRows rows={5} label="Loading connections" />
  if (!query.data) {
    return <ErrorState what="Connections could not be loaded" problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  }
  const { items, before, matched, next_cursor: next, previous_cursor: previous } = query.data
  const go = (after: string) => {
    url.set({ after })
    window.scrollTo({ top: 0 })
  }
  if (matched === 0) {
    return (
      <EmptyState title="No connection matches" action={<Button onClick={() => url.set({ q: '', health: '', after: '' })}>Clear the filters</Button>}>
        Nothing fits this search and status together.
      </EmptyState>
    )
  }
  return (
    <>
      <ConnectionTable connections={items} />
      <Pager
        label="Pages of connections"
        before={before}
        shown={items.length}
        total={matched}
        onPrevious={previous === undefined ? undefined : () => go(previous)}
        onNext={next ? () => go(next) : undefined}
      />
    </>
  )
}
