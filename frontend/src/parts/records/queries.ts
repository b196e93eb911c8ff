import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getFields, listRecords, type RecordScope } from '@/api/endpoints'
import { keys } from '@/api/keys'
import { useNow } from '@/ui/useNow'
import { pastDay, type ListState } from './listState'

export const useFields = (kind: string) =>
  useQuery({ queryKey: keys.fields(kind), queryFn: ({ signal }) => getFields(kind, signal), staleTime: Infinity, enabled: kind !== '' })

/** The pages of a list. All are of the moment of the first. */
export function useRecordList(scope: RecordScope, list: ListState) {
  const now = useNow()
  const query = { q: list.q || undefined, where: list.where, sort: list.sort || 'key', as_of: pastDay(list.day, now) }
  return useInfiniteQuery({
    queryKey: keys.recordList(scope, query),
    queryFn: ({ pageParam, signal }) => listRecords(scope, query, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor || undefined,
    placeholderData: keepPreviousData,
  })
}
