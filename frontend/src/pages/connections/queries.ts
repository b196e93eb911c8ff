import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { createConnection, getCategories, getConnections, getConnectors, syncConnection, type ConnectionFilter } from '@/api/endpoints'
import { keys } from '@/api/keys'
import type { ConnectionStatus, Connector } from '@/api/types'
import { uniqueAlias } from '@/lib/alias'
import { byUrgency } from './states'

const sorted = (list: ConnectionStatus[]) => [...list].sort(byUrgency)

export const useConnections = (filter: ConnectionFilter) =>
  useQuery({
    queryKey: keys.connectionList(filter),
    queryFn: ({ signal }) => getConnections(filter, signal),
    select: sorted,
    placeholderData: keepPreviousData,
  })

export const useConnectors = () => useQuery({ queryKey: keys.connectors, queryFn: ({ signal }) => getConnectors(signal) })

export const useCategories = () =>
  useQuery({ queryKey: keys.categories, queryFn: ({ signal }) => getCategories(signal), staleTime: Infinity })

const hourly = '0 * * * *'

/** Connects this machine: its connector asks for nothing, so one click is enough. */
export function useConnectMachine(onConnected: (created: ConnectionStatus) => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: async (connector: Connector) => {
      const taken = (await getConnections({})).map((c) => c.alias)
      const created = await createConnection({
        connector: connector.id,
        alias: uniqueAlias('this-machine', taken),
        settings: {},
        secrets: {},
        schedule: hourly,
      })
      await syncConnection(created.id)
      return created
    },
    // Given to the mutation, not to the call: the list may already have replaced the screen that asked.
    onSuccess: onConnected,
    onSettled: () => cache.invalidateQueries({ queryKey: keys.connections }),
  })
}
