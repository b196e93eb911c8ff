import { keepPreviousData, useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { getPerson, getPersonSources, listPeople, listSuggestions, setPersonSources, type FacetQuery, type Person, type PersonPrecedence, type SuggestionQuery } from '@/api/people'
import { keys } from '@/api/keys'
import { useOffsetRows } from '@/parts/list/useOffsetRows'

/** How often a list that is still being built is asked for again, in milliseconds. */
const building = 1_000

/** The people: the first rows with their counts, and any other rows as they come into sight. */
export function usePeople(query: FacetQuery) {
  const head = useQuery({
    queryKey: keys.peopleList(query, 0),
    queryFn: ({ signal }) => listPeople(query, 0, signal),
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.position.state === 'building' ? building : false),
  })
  const rows = useOffsetRows<Person>({
    head: head.data,
    keyOf: (at) => keys.peopleList(query, at),
    fetch: (offset, signal) => listPeople(query, offset, signal),
  })
  return { head, rows }
}

export const usePerson = (id: string) => useQuery({ queryKey: keys.person(id), queryFn: ({ signal }) => getPerson(id, signal) })

/** How many suggestions come at once. */
const suggestionsAtOnce = 100

export const useSuggestions = (query: SuggestionQuery) =>
  useInfiniteQuery({
    queryKey: keys.suggestions({ ...query, all: true }),
    queryFn: ({ pageParam, signal }) => listSuggestions(query, pageParam, suggestionsAtOnce, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor || undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.pages[0]?.position.state === 'building' ? building : false),
  })

export const usePersonSources = () => useQuery({ queryKey: keys.personSources, queryFn: ({ signal }) => getPersonSources(signal) })

export function useSaveSources(then: { onSaved: () => void; onFailed: (error: unknown) => void }) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ value, revision }: { value: PersonPrecedence; revision: number }) => setPersonSources(value, revision),
    onSuccess: (saved) => {
      cache.setQueryData(keys.personSources, saved)
      then.onSaved()
      return cache.invalidateQueries({ queryKey: ['people'] })
    },
    onError: (error) => {
      then.onFailed(error)
      void cache.invalidateQueries({ queryKey: keys.personSources })
    },
  })
}
