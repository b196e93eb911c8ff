import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getConnections } from '@/api/endpoints'
import { keys } from '@/api/keys'
import { getHistorySummary, listHistory, type HistoryQuery } from '@/api/records'

export const useHistory = (query: HistoryQuery) =>
  useInfiniteQuery({
    queryKey: keys.history(query),
    queryFn: ({ pageParam, signal }) => listHistory(query, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor || undefined,
    placeholderData: keepPreviousData,
  })

/** The counts by connection and stream. Which change and which text are asked for does not matter to them: they are what one chooses from. */
export function useHistorySummary(asked: HistoryQuery) {
  const query = { ...asked }
  delete query.change
  delete query.q
  return useQuery({ queryKey: keys.historySummary(query), queryFn: ({ signal }) => getHistorySummary(query, signal), placeholderData: keepPreviousData })
}

const everyConnection = { limit: 1000 }

export const useConnectionNames = () =>
  useQuery({ queryKey: keys.connectionList(everyConnection), queryFn: ({ signal }) => getConnections(everyConnection, signal), select: (page) => page.items.map((c) => c.alias).sort() })
