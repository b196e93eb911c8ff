import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { getCategories } from '@/api/endpoints'
import { keys } from '@/api/keys'
import { findTests, type TestQuery } from '@/api/tests'

export const useTests = (query: TestQuery) =>
  useQuery({ queryKey: keys.tests(query), queryFn: ({ signal }) => findTests(query, signal), placeholderData: keepPreviousData })

/** Titles of categories by id. */
export function useCategoryTitles(): ReadonlyMap<string, string> {
  const categories = useQuery({ queryKey: keys.categories, queryFn: ({ signal }) => getCategories(signal), staleTime: Infinity })
  return new Map(categories.data?.map((c) => [c.id, c.title]))
}
