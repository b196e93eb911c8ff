import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { keys } from '@/api/keys'
import { cancelSummary, generateSummary, getSummary, previewSummary, rateSummary } from '@/api/summary'
import type { SummaryCard } from '@/api/types'

export const useSummary = (connection: string, wanted: boolean) =>
  useQuery({ queryKey: keys.summary(connection), queryFn: ({ signal }) => getSummary(connection, signal), enabled: wanted })

/** The request as it would be sent now: the host writes it anew for each preview. */
export const usePreview = (connection: string, open: boolean) =>
  useQuery({ queryKey: ['preview', connection], queryFn: ({ signal }) => previewSummary(connection, signal), enabled: open, staleTime: 0, gcTime: 0 })

/** What a person does to a summary. The answer is the card as it is then. */
function useDeed<V>(connection: string, deed: (value: V) => Promise<SummaryCard>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: deed,
    onSuccess: (card) => cache.setQueryData(keys.summary(connection), card),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.summary(connection) }),
  })
}

export const useGenerate = (connection: string) => useDeed(connection, () => generateSummary(connection))
export const useCancel = (connection: string) => useDeed(connection, () => cancelSummary(connection))
export const useRate = (connection: string) => useDeed(connection, (verdict: { verdict: string; reason?: string }) => rateSummary(connection, verdict))
