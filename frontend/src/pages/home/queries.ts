import { useQuery } from '@tanstack/react-query'
import { getLatestRuns } from '@/api/host'
import { keys } from '@/api/keys'

export const useLatestRuns = () => useQuery({ queryKey: keys.latestRuns, queryFn: ({ signal }) => getLatestRuns(signal) })
