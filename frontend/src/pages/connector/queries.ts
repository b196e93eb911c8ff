import { useQuery } from '@tanstack/react-query'
import { getCategories, getConnector } from '@/api/endpoints'
import { keys } from '@/api/keys'

export const useConnector = (id: string) =>
  useQuery({ queryKey: keys.connector(id), queryFn: ({ signal }) => getConnector(id, signal), retry: false })

/** Titles of categories by id. */
export function useTitles(): ReadonlyMap<string, string> {
  const categories = useQuery({ queryKey: keys.categories, queryFn: ({ signal }) => getCategories(signal), staleTime: Infinity })
  return new Map(categories.data?.map((c) => [c.id, c.title]))
}
