import { useQuery } from '@tanstack/react-query'
import { getCategories } from '@/api/endpoints'
import { keys } from '@/api/keys'
import { getTest } from '@/api/tests'

export const useTest = (id: string) => useQuery({ queryKey: keys.test(id), queryFn: ({ signal }) => getTest(id, signal) })

/** Titles of categories by id. */
export function useCategoryTitles(): ReadonlyMap<string, string> {
  const categories = useQuery({ queryKey: keys.categories, queryFn: ({ signal }) => getCategories(signal), staleTime: Infinity })
  return new Map(categories.data?.map((c) => [c.id, c.title]))
}
