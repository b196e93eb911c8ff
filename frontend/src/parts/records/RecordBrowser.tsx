import type { ReactNode } from 'react'
import type { RecordScope } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { RecordPage } from '@/api/types'
import { plural } from '@/lib/numbers'
import { zonedTime } from '@/lib/time'
import { Button } from '@/ui/Button'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { columnsOf } from './conditions'
import { Filters } from './Filters'
import { momentWords, useListState, type ListState } from './listState'
import { useFields, useRecordList } from './queries'
import { RecordTable } from './RecordTable'
import { Sources } from './Sources'

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
        status={first && <Status page={first} list={list} at={query.dataUpdatedAt} stale={query.isPlaceholderData} />}
      />
      {first?.sources && !first.explanation && <Sources sources={first.sources} />}
      {query.isPending ? (
        <SkeletonRows rows={8} label="Loading records" />
      ) : query.isError && records.length === 0 ? (
        <ErrorState what="Records could not be loaded" problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : records.length === 0 ? (
        <Nothing page={first} list={list} empty={empty} onClear={() => setList({ q: '', where: [], day: '' })} />
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

interface StatusProps {
  page: RecordPage
  list: ListState
  /** When it was answered. */
  at: number
  stale: boolean
}

/** How many records there were, and when. Before the first read there is no number: none was counted. */
function Status({ page, list, at, stale }: StatusProps) {
  if (page.explanation) return null
  const moment = momentWords(list.day, at, page.as_of ?? new Date(at).toISOString())
  return (
    <span role="status" className={stale ? 'text-faint' : 'text-muted'}>
      {page.matched !== undefined && plural(page.matched, 'record')} {moment}
      {page.scanned && ' · read in full, because no index could be written'}
    </span>
  )
}

interface NothingProps {
  page: RecordPage | undefined
  list: ListState
  empty: ReactNode
  onClear: () => void
}

function Nothing({ page, list, empty, onClear }: NothingProps) {
  const bare = !list.q && list.where.length === 0
  if (page?.explanation && (list.day || !bare)) {
    return (
      <EmptyState title={unread(page)} action={<Button onClick={onClear}>Show the records of now</Button>}>
        What was in the connected systems before then is not known here.
      </EmptyState>
    )
  }
  if (bare && !list.day) return <EmptyState title="No records">{empty}</EmptyState>
  return (
    <EmptyState title="Nothing matches" action={<Button onClick={onClear}>Clear search and filters</Button>}>
      {list.day ? 'No record was like this at that moment.' : 'No record is like this.'}
    </EmptyState>
  )
}

/** The host's sentence, with the moment in the reader's time. */
function unread(page: RecordPage): string {
  return page.first_read_at ? `Nothing was read before ${zonedTime(page.first_read_at)}` : (page.explanation ?? '').replace(/\.$/, '')
}
