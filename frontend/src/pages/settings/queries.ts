import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getAssistants, getConfig, getDoctor, getStorage, getUpdates } from '@/api/host'
import { keys } from '@/api/keys'
import { getSummarySettings, setSummarySettings, testSummarySettings, turnOffSummary } from '@/api/summary'

export const useConfig = () => useQuery({ queryKey: keys.config, queryFn: ({ signal }) => getConfig(signal) })
export const useStorage = () => useQuery({ queryKey: keys.storage, queryFn: ({ signal }) => getStorage(signal) })
export const useAssistants = () => useQuery({ queryKey: keys.assistants, queryFn: ({ signal }) => getAssistants(signal) })
export const useDoctor = () => useQuery({ queryKey: keys.doctor, queryFn: ({ signal }) => getDoctor(signal) })

/** Asks the sources of the installed connectors, which may be on the network: only when the person asks. */
export const useUpdates = (asked: boolean) => useQuery({ queryKey: keys.updates, queryFn: ({ signal }) => getUpdates(signal), enabled: asked, staleTime: 0 })

export const useSummarySettings = () => useQuery({ queryKey: keys.summarySettings, queryFn: ({ signal }) => getSummarySettings(signal) })

/** What a person does to the settings of the AI Summary. A test stores nothing. */
export function useModelDeeds() {
  const cache = useQueryClient()
  const anew = () => cache.invalidateQueries({ queryKey: keys.summarySettings })
  return {
    save: useMutation({ mutationFn: setSummarySettings, onSuccess: anew }),
    off: useMutation({ mutationFn: turnOffSummary, onSuccess: anew }),
    test: useMutation({ mutationFn: testSummarySettings }),
  }
}
