import { keepPreviousData, useInfiniteQuery, useQueries, useQuery, useQueryClient } from '@tanstack/react-query'
import { getFields, type RecordQuery, type RecordScope } from '@/api/endpoints'
import { keys } from '@/api/keys'
import { getRecord, listPage, listVersions, pageRows, type RecordRef } from '@/api/records'
import type { HostRecord, RecordPage } from '@/api/types'
import { usePagesInSight } from '@/parts/list/usePagesInSight'
import { useNow } from '@/ui/useNow'
import { askedMoment, type ListState } from './listState'

export const useFields = (kind: string) =>
  useQuery({ queryKey: keys.fields(kind), queryFn: ({ signal }) => getFields(kind, signal), staleTime: Infinity, enabled: kind !== '' })

const queryOf = (list: ListState, now: number): RecordQuery => ({
  q: list.q || undefined, where: list.where, sort: list.sort || 'key', as_of: askedMoment(list.on, now),
})

/** The first page of a list. It says how many records the list has, and of which moment it is. */
export function useRecordHead(scope: RecordScope, list: ListState) {
  const query = queryOf(list, useNow())
  return useQuery({
    queryKey: keys.recordList(scope, query),
    queryFn: ({ signal }) => listPage(scope, query, { offset: 0 }, pageRows, signal),
    placeholderData: keepPreviousData,
  })
}

/** Pages out of sight are forgotten soon: each holds whole documents. */
const forgotten = 30_000

/**
 * The rows of a list of any length. Only the pages in sight are asked for, by where they begin, and all are of the
 * moment of the first. A page of an earlier moment stays until the new one is there.
 */
export function useRows(scope: RecordScope, list: ListState, head: RecordPage | undefined) {
  const cache = useQueryClient()
  const query = queryOf(list, useNow())
  const { pages, onRange } = usePagesInSight(head?.matched ?? 0)
  const moment = `${head?.as_of ?? ''} ${head?.matched ?? ''}`
  const wanted = head && (head.next_cursor || head.items.length >= pageRows) ? pages : []
  const keyOf = (page: number, of: string) => keys.recordPage(scope, query, page, of)
  const answers = useQueries({
    queries: wanted.map((page) => ({
      queryKey: keyOf(page, moment),
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        const before = page === 1 ? head : cache.getQueryData<RecordPage>(keyOf(page - 1, moment))
        const start = before?.next_cursor ? { cursor: before.next_cursor } : { offset: page * pageRows }
        return listPage(scope, { ...query, as_of: head?.as_of ?? query.as_of }, start, pageRows, signal)
      },
      staleTime: Infinity,
      gcTime: forgotten,
      placeholderData: () => latest(cache.getQueriesData<RecordPage>({ queryKey: keyOf(page, moment).slice(0, -1) })),
    })),
  })
  const rowAt = (index: number): HostRecord | undefined => {
    const page = Math.floor(index / pageRows)
    if (page === 0) return head?.items[index]
    const at = wanted.indexOf(page)
    const data = at >= 0 ? answers[at]?.data : cache.getQueryData<RecordPage>(keyOf(page, moment))
    return data?.items[index - page * pageRows]
  }
  const failed = answers.find((answer) => answer.isError)
  return { rowAt, onRange, failed, retry: () => answers.forEach((answer) => answer.isError && void answer.refetch()) }
}

const latest = (found: [unknown, RecordPage | undefined][]) => found.map(([, page]) => page).filter((page) => page !== undefined).at(-1)

/** A page of the plain table. */
export function useTablePage(scope: RecordScope, list: ListState, head: RecordPage | undefined, page: number, rows: number) {
  const query = queryOf(list, useNow())
  const moment = `${head?.as_of ?? ''} ${head?.matched ?? ''} ${rows}`
  return useQuery({
    queryKey: keys.recordPage(scope, query, page, moment),
    queryFn: ({ signal }) => listPage(scope, { ...query, as_of: head?.as_of ?? query.as_of }, { offset: page * rows }, rows, signal),
    enabled: head !== undefined,
    staleTime: Infinity,
    gcTime: forgotten,
    placeholderData: keepPreviousData,
  })
}

/** One record, as of a moment that is over, or as it is now. */
export function useRecord(ref: RecordRef, on: string) {
  const moment = askedMoment(on, useNow())
  return useQuery({ queryKey: keys.record(ref, moment ?? ''), queryFn: ({ signal }) => getRecord(ref, moment, signal) })
}

export const useVersions = (ref: RecordRef) =>
  useInfiniteQuery({
    queryKey: keys.versions(ref),
    queryFn: ({ pageParam, signal }) => listVersions(ref, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor || undefined,
  })
