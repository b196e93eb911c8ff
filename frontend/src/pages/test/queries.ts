import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getCategories } from '@/api/endpoints'
import { keys } from '@/api/keys'
import {
  excludeItem, getExclusions, getFindings, getHeld, getTest, getTestCoverage, getTestHistory, turnTest, withdrawExclusion, type Exclusion, type NewExclusion, type Period,
  type TestSetting,
} from '@/api/tests'

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

const pages = { initialPageParam: undefined as string | undefined, getNextPageParam: (page: { next_cursor?: string }) => page.next_cursor }

/** The items that do not pass, with one outcome or with any, by page. */
export const useFindings = (test: string, outcome: FindingOutcome | undefined) =>
  useInfiniteQuery({
    ...pages,
    queryKey: keys.findings(test, outcome ?? ''),
    queryFn: ({ pageParam, signal }) => getFindings(test, outcome, pageParam, signal),
    placeholderData: keepPreviousData,
  })

export type FindingOutcome = NonNullable<Parameters<typeof getFindings>[1]>

export const useTestHistory = (test: string, limit: number) =>
  useQuery({ queryKey: keys.testHistory(test, limit), queryFn: ({ signal }) => getTestHistory(test, limit, signal), placeholderData: keepPreviousData })

export const useTestCoverage = (test: string, period: Period) =>
  useQuery({ queryKey: keys.testCoverage(test, period), queryFn: ({ signal }) => getTestCoverage(test, period, signal) })

/** What held over a period, once the task that works it out has ended well. */
export const useHeld = (test: string, period: Period, task: string) =>
  useInfiniteQuery({
    ...pages,
    queryKey: keys.testHeld(task),
    queryFn: ({ pageParam, signal }) => getHeld(test, period, pageParam, signal),
    enabled: task !== '',
    staleTime: Infinity,
  })
