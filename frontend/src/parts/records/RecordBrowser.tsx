import type { ReactNode } from 'react'
import type { RecordScope } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import { plural } from '@/lib/numbers'
import { Button } from '@/ui/Button'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { columnsOf } from './conditions'
import { Filters } from './Filters'
import { useListState, type ListState } from './listState'
import { useFields, useRecordList } from './queries'
import { RecordTable } from './RecordTable'

interface Props {
  scope: RecordScope
  kind: string
  /** Said when there is nothing at all. */
  empty: ReactNode
  /** The list is over several connections and says which. */
  several?: boolean
}

/** Records to search, filter, sort and look back at. It fills the height it is given. */
export function RecordBrowser({ scope, kind, empty, several = false }: Props) {
  const [list, setList] = useListState()
  const fields = useFields(kind)
  const query = useRecordList(scope, list)
  const records = query.data?.pages.flatMap((page) => page.items) ?? []
  const first = query.data?.pages[0]
  const known = fields.data ?? []
  return (
    <div className="flex h-full min-h-0 flex-col">
      <Filters
        fields={known}
        list={list}
        onChange={setList}
        status={first && <Status matched={first.matched} list={list} scanned={first.scanned ?? false} stale={query.isPlaceholderData} />}
      />
      {query.isPending ? (
        <SkeletonRows rows={8} label="Loading records" />
      ) : query.isError && records.length === 0 ? (
        <ErrorState what="Records could not be loaded" problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : records.length === 0 ? (
        <Nothing list={list} empty={empty} onClear={() => setList({ q: '', where: [], day: '' })} />
      ) : (
        <RecordTable
          records={records}
          total={first?.matched ?? records.length}
          columns={columnsOf(known, list.sort)}
          several={several}
          sort={list.sort}
          onSort={(sort) => setList({ sort })}
          busy={query.isFetchingNextPage}
          failed={query.isFetchNextPageError}
          onMore={query.hasNextPage ? () => void query.fetchNextPage() : undefined}
        />
      )}
    </div>
  )
}

function Status({ matched, list, scanned, stale }: { matched?: number; list: ListState; scanned: boolean; stale: boolean }) {
  return (
    <span role="status" className={stale ? 'text-faint' : 'text-muted'}>
      {matched !== undefined && plural(matched, 'record')}
      {list.day && ` at the end of ${list.day}`}
      {scanned && ' · read in full, because no index could be written'}
    </span>
  )
}

function Nothing({ list, empty, onClear }: { list: ListState; empty: ReactNode; onClear: () => void }) {
  if (!list.q && list.where.length === 0 && !list.day) return <EmptyState title="No records">{empty}</EmptyState>
  return (
    <EmptyState title="Nothing matches" action={<Button onClick={onClear}>Clear search and filters</Button>}>
      {list.day ? `No record was like this at the end of ${list.day}.` : 'No record is like this.'}
    </EmptyState>
  )
}
