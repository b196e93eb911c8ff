import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getUpdates } from '@/api/host'
import { getInsights, type InsightsQuery } from '@/api/insights'
import { keys } from '@/api/keys'

export const useInsights = (query: InsightsQuery) =>
  useQuery({ queryKey: keys.insights(query), queryFn: ({ signal }) => getInsights(query, signal), placeholderData: keepPreviousData })

export const useUpdates = () => useQuery({ queryKey: keys.updates, queryFn: ({ signal }) => getUpdates(signal) })
