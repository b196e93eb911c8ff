import { useQuery } from '@tanstack/react-query'
import { getConnectors } from '@/api/endpoints'
import { getAssistants, getConfig, getDoctor, getStorage, getUpdates } from '@/api/host'
import { keys } from '@/api/keys'

export const useConfig = () => useQuery({ queryKey: keys.config, queryFn: ({ signal }) => getConfig(signal) })
export const useStorage = () => useQuery({ queryKey: keys.storage, queryFn: ({ signal }) => getStorage(signal) })
export const useAssistants = () => useQuery({ queryKey: keys.assistants, queryFn: ({ signal }) => getAssistants(signal) })
export const useConnectors = () => useQuery({ queryKey: keys.connectors, queryFn: ({ signal }) => getConnectors(signal) })
export const useDoctor = () => useQuery({ queryKey: keys.doctor, queryFn: ({ signal }) => getDoctor(signal) })

/** Asks the sources of the installed connectors, which may be on the network: only when the person asks. */
export const useUpdates = (asked: boolean) => useQuery({ queryKey: keys.updates, queryFn: ({ signal }) => getUpdates(signal), enabled: asked, staleTime: 0 })
