import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getCategories } from '@/api/endpoints'
import { keys } from '@/api/keys'
import { excludeItem, getExclusions, getTest, turnTest, withdrawExclusion, type Exclusion, type NewExclusion, type TestSetting } from '@/api/tests'

export const useTest = (id: string) => useQuery({ queryKey: keys.test(id), queryFn: ({ signal }) => getTest(id, signal) })

export const useExclusions = (test: string) => useQuery({ queryKey: keys.exclusions(test), queryFn: ({ signal }) => getExclusions(test, signal) })

/** Titles of categories by id. */
export function useCategoryTitles(): ReadonlyMap<string, string> {
  const categories = useQuery({ queryKey: keys.categories, queryFn: ({ signal }) => getCategories(signal), staleTime: Infinity })
  return new Map(categories.data?.map((c) => [c.id, c.title]))
}

/** A decision about a test, after which everything that tests find is asked for again. */
function useDecision<T>(decide: (value: T) => Promise<unknown>, onDone: () => void) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: decide,
    onSuccess: onDone,
    onSettled: () => cache.invalidateQueries({ queryKey: ['tests'] }),
  })
}

export const useExclude = (test: string, onDone: () => void) => useDecision((body: NewExclusion) => excludeItem(test, body), onDone)

export const useWithdraw = (exclusion: Exclusion, onDone: () => void) => useDecision((reason: string) => withdrawExclusion(exclusion, reason), onDone)

export const useTurn = (setting: TestSetting, onDone: () => void) =>
  useDecision(({ off, reason }: { off: boolean; reason: string }) => turnTest(setting, off, reason), onDone)
