import { keepPreviousData, useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query'
import { getConnection, getLogs, getRun, getRuns, type LogQuery } from '@/api/endpoints'
import { keys } from '@/api/keys'
import type { Log } from '@/api/types'

export const useRun = (id: string) => useQuery({ queryKey: keys.run(id), queryFn: ({ signal }) => getRun(id, signal) })

export const useConnection = (id: string) =>
  useQuery({ queryKey: keys.connection(id), queryFn: ({ signal }) => getConnection(id, signal), enabled: id !== '' })

/** The latest runs of a connection: how often an error was met before, and which run is next. */
export const useRuns = (connection: string) =>
  useInfiniteQuery({
    queryKey: keys.runList(connection),
    queryFn: ({ pageParam, signal }) => getRuns(connection, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor || undefined,
    enabled: connection !== '',
  })

/** Lines come in chunks of so many, the first of which has the lines 1 to chunk. */
export const chunk = 500

/** How many lines a log has. It is asked for with one line, and again with each event of the run. */
export const useLogSize = (run: string) =>
  useQuery({ queryKey: keys.logs(run, 'size'), queryFn: ({ signal }) => getLogs(run, { limit: 1 }, signal), placeholderData: keepPreviousData })

/** The chunks that are in sight, by their number; a line that has not come yet is undefined. */
export function useChunks(run: string, first: number, last: number, lines: number): (number: number) => Log | undefined {
  const wanted = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
  const chunks = useQueries({
    queries: wanted.map((at) => {
      // A chunk that is full does not change any more: it keeps its key when the log grows.
      const full = lines >= (at + 1) * chunk
      return {
        queryKey: keys.logs(run, full ? at : `${at}/${lines}`),
        queryFn: ({ signal }: { signal: AbortSignal }) => getLogs(run, { after: at * chunk, limit: chunk }, signal),
        staleTime: Infinity,
        placeholderData: keepPreviousData,
      }
    }),
  })
  return (number) => {
    const at = Math.floor((number - 1) / chunk)
    return chunks[at - first]?.data?.items.find((line) => line.number === number)
  }
}

export type LogFilter = Pick<LogQuery, 'level' | 'step' | 'q'>

/** The lines that pass a filter, from the first on, a page at a time. */
export const useFiltered = (run: string, filter: LogFilter, enabled: boolean) =>
  useInfiniteQuery({
    queryKey: keys.logs(run, filter),
    queryFn: ({ pageParam, signal }) => getLogs(run, { ...filter, limit: chunk, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor || undefined,
    placeholderData: keepPreviousData,
    enabled,
  })
