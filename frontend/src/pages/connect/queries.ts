import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import {
  createConnection, getAliases, getConnection, getConnector, previewSchedule, updateConnection, type NewConnection,
} from '@/api/endpoints'
import { keys } from '@/api/keys'
import type { ConnectionStatus } from '@/api/types'

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

/** Stores a new connection, or the edit of the revision that the form was opened with. */
export function useSave(edited: ConnectionStatus | undefined) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ connector, ...rest }: NewConnection) =>
      edited ? updateConnection(edited.id, edited.revision, rest) : createConnection({ connector, ...rest }),
    onSuccess: () =>
      Promise.all([cache.invalidateQueries({ queryKey: keys.connections }), cache.invalidateQueries({ queryKey: keys.connectors })]),
  })
}
