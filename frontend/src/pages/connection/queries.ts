import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getChanges, getConnection, getConnector, getCoverage, getRun, getRuns, listHeldRecords } from '@/api/endpoints'
import { getAudit } from '@/api/host'
import { keys } from '@/api/keys'
import type { Run } from '@/api/types'

export const useConnection = (ref: string) =>
  useQuery({ queryKey: keys.connection(ref), queryFn: ({ signal }) => getConnection(ref, signal) })

/** How far it was read on each of the last 90 days. */
export const useCoverage = (ref: string) =>
  useQuery({ queryKey: keys.coverage(ref), queryFn: ({ signal }) => getCoverage(ref, signal) })

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

/** The latest changes of a connection's records, or those of one run. */
export const useLatestChanges = (connection: string, run: string, limit: number) =>
  useQuery({
    queryKey: keys.changes(connection, run, limit),
    queryFn: ({ signal }) => getChanges(connection, { run: run || undefined, limit }, signal),
  })

/** What people did to the connection, newest first. */
export const useAudit = (connection: string) =>
  useInfiniteQuery({
    queryKey: keys.audit({ key: connection }),
    queryFn: ({ pageParam, signal }) => getAudit({ key: connection, limit: 50, cursor: pageParam }, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor || undefined,
  })

/** What the connector asks for, with the titles of its settings. */
export const useConnector = (id: string) => useQuery({ queryKey: keys.connector(id), queryFn: ({ signal }) => getConnector(id, signal) })
