import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getAudit, getStorage, type AuditFilter } from '@/api/host'
import { keys } from '@/api/keys'

/** The pages of the log, newest first. */
export const useAudit = (filter: AuditFilter) =>
  useInfiniteQuery({
    queryKey: keys.audit(filter),
    queryFn: ({ pageParam, signal }) => getAudit({ ...filter, limit: 100, ...(pageParam && { cursor: pageParam }) }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor || undefined,
  })

export const useStorage = () => useQuery({ queryKey: keys.storage, queryFn: ({ signal }) => getStorage(signal) })
