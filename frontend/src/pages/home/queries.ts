import { useQuery } from '@tanstack/react-query'
import { getLatestRuns } from '@/api/host'
import { keys } from '@/api/keys'
import { findTests } from '@/api/tests'

export const useLatestRuns = () => useQuery({ queryKey: keys.latestRuns, queryFn: ({ signal }) => getLatestRuns(signal) })

/** How many tests are in each state; of the tests themselves only one comes along. */
export function useTestTotals() {
  const query = { limit: 1 }
  return useQuery({ queryKey: keys.tests(query), queryFn: ({ signal }) => findTests(query, signal) })
}
