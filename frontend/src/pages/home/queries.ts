import { useQuery } from '@tanstack/react-query'
import { getConnectors } from '@/api/endpoints'
import { getLatestRuns } from '@/api/host'
import { keys } from '@/api/keys'

export const useConnectors = () => useQuery({ queryKey: keys.connectors, queryFn: ({ signal }) => getConnectors(signal) })

export const useLatestRuns = () => useQuery({ queryKey: keys.latestRuns, queryFn: ({ signal }) => getLatestRuns(signal) })
