import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import {
  createConnection, getAliases, getConnection, getConnector, listDrafts, listFiles, previewSchedule, updateConnection, type NewConnection,
} from '@/api/endpoints'
import { keys } from '@/api/keys'

export const useConnector = (id: string) =>
  useQuery({ queryKey: keys.connector(id), queryFn: ({ signal }) => getConnector(id, signal), enabled: id !== '' })

export const useConnection = (ref: string) =>
  useQuery({ queryKey: keys.connection(ref), queryFn: ({ signal }) => getConnection(ref, signal) })

/** The aliases that a new connection of a connector could collide with; each visit asks anew. */
export const useAliases = (connector: string) =>
  useQuery({ queryKey: keys.aliases(connector), queryFn: ({ signal }) => getAliases(connector, signal), gcTime: 0 })

export const useSchedulePreview = (schedule: string) =>
  useQuery({
    queryKey: ['schedule', schedule],
    queryFn: ({ signal }) => previewSchedule(schedule, signal),
    enabled: schedule !== '',
    retry: false,
  })

/** What a save sends: the edit of a revision of a connection, or a new one. */
interface Save {
  edited?: string
  revision?: number
  body: NewConnection
}

/** Stores a new connection, or the edit of the revision that the form is based on. */
export function useSave() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ edited, revision = 0, body: { connector, ...rest } }: Save) =>
      edited ? updateConnection(edited, revision, rest) : createConnection({ connector, ...rest }),
    onSuccess: () =>
      Promise.all([
        cache.invalidateQueries({ queryKey: keys.connections }),
        cache.invalidateQueries({ queryKey: keys.connectors }),
        cache.invalidateQueries({ queryKey: keys.drafts }),
      ]),
  })
}

/** The drafts of a connector that are no edits, or those of a connection; each visit asks anew. */
export const useDrafts = (of: { connector: string } | { connection: string }) =>
  useQuery({ queryKey: keys.draftList(of), queryFn: ({ signal }) => listDrafts(of, signal), retry: false })

export const useFiles = (path: string, enabled: boolean) =>
  useQuery({ queryKey: keys.files(path), queryFn: ({ signal }) => listFiles(path, signal), enabled, retry: false, staleTime: 0 })
