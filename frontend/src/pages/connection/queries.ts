import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getConnection, getLogs, getRun, getRuns, listHeldRecords, logPage } from '@/api/endpoints'
import { keys } from '@/api/keys'
import type { Run } from '@/api/types'

export const useConnection = (ref: string) =>
  useQuery({ queryKey: keys.connection(ref), queryFn: ({ signal }) => getConnection(ref, signal) })

/** One run, followed while it goes on. A run that came with its connection need not be asked for. */
export const useRun = (id: string, known?: Run) =>
  useQuery({ queryKey: keys.run(id), queryFn: ({ signal }) => getRun(id, signal), enabled: id !== '', initialData: known })

export const useRuns = (connection: string) =>
  useInfiniteQuery({
    queryKey: keys.runList(connection),
    queryFn: ({ pageParam, signal }) => getRuns(connection, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor || undefined,
  })

/** The records that a held removal would remove. Another list of them has another id. */
export const useHeldRecords = (connection: string, stream: string, id: string) =>
  useInfiniteQuery({
    queryKey: keys.held(connection, stream, id),
    queryFn: ({ pageParam, signal }) => listHeldRecords(connection, stream, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor || undefined,
  })

/** A run's log from its first line on; asked for only while it is open. */
export const useLogs = (run: string, enabled: boolean) =>
  useInfiniteQuery({
    queryKey: keys.logs(run),
    queryFn: ({ pageParam, signal }) => getLogs(run, pageParam, signal),
    initialPageParam: 0,
    getNextPageParam: (last) => (last.items.length >= logPage ? last.items.at(-1)?.number : undefined),
    enabled,
  })
