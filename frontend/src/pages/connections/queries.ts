import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import {
  createConnection, getAliases, getCategories, getConnections, getStatus, getViews, removeView, saveView, syncConnection,
  type ConnectionFilter,
} from '@/api/endpoints'
import { keys } from '@/api/keys'
import type { ConnectionStatus, Connector } from '@/api/types'
import { uniqueAlias } from '@/lib/alias'

export const useConnections = (filter: ConnectionFilter) =>
  useQuery({
    queryKey: keys.connectionList(filter),
    queryFn: ({ signal }) => getConnections(filter, signal),
    placeholderData: keepPreviousData,
  })

/** The host at a glance, with how many connections there are of each health. */
export const useStatus = () => useQuery({ queryKey: keys.status, queryFn: ({ signal }) => getStatus(signal) })

export const useCategories = () =>
  useQuery({ queryKey: keys.categories, queryFn: ({ signal }) => getCategories(signal), staleTime: Infinity })

/** Titles of categories by id. */
export const useTitles = (): ReadonlyMap<string, string> => new Map(useCategories().data?.map((c) => [c.id, c.title]))

export const useViews = () => useQuery({ queryKey: keys.views('connections'), queryFn: ({ signal }) => getViews('connections', signal) })

export function useSaveView() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ name, query }: { name: string; query: string }) => saveView('connections', name, query),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.views('connections') }),
  })
}

export function useRemoveView() {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (name: string) => removeView('connections', name),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.views('connections') }),
  })
}

const hourly = '0 * * * *'

/** Connects this machine: its connector asks for nothing, so one click is enough. */
export function useConnectMachine(onConnected: (created: ConnectionStatus) => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: async (connector: Connector) => {
      const created = await createConnection({
        connector: connector.id,
        alias: uniqueAlias('this-machine', await getAliases('this-machine')),
        settings: {},
        secrets: {},
        schedule: hourly,
      })
      await syncConnection(created.id)
      return created
    },
    // Given to the mutation, not to the call: the list may already have replaced the screen that asked.
    onSuccess: onConnected,
    onSettled: () => Promise.all([cache.invalidateQueries({ queryKey: keys.connections }), cache.invalidateQueries({ queryKey: keys.status })]),
  })
}
