import { useQuery } from '@tanstack/react-query'
import { getAccount, getAccountHistory, compareAccounts, listAccounts, listSuggestions, type Account, type AccountPage, type FacetQuery } from '@/api/people'
import { keys } from '@/api/keys'
import { useOffsetRows } from '@/parts/list/useOffsetRows'

/** How often a list that is still being built is asked for again, in milliseconds. */
const building = 1_000

/** A page of accounts: its first rows with counts and sources, and any other rows as they come into sight. */
export function useAccounts(page: AccountPage, query: FacetQuery) {
  const head = useQuery({
    queryKey: keys.accountList(page, query, 0),
    queryFn: ({ signal }) => listAccounts(page, query, 0, signal),
    // Another filter leaves the rows until the new ones are there; another page has other columns.
    placeholderData: (before, { queryKey } = { queryKey: [] } as never) => (queryKey[2] === page ? before : undefined),
    refetchInterval: ({ state }) => (state.data?.position.state === 'building' ? building : false),
  })
  const rows = useOffsetRows<Account>({
    head: head.data,
    keyOf: (at) => keys.accountList(page, query, at),
    fetch: (offset, signal) => listAccounts(page, query, offset, signal),
  })
  return { head, rows }
}

export const useAccount = (id: string, page: AccountPage) =>
  useQuery({ queryKey: keys.account(id, page), queryFn: ({ signal }) => getAccount(id, page, signal) })

export const useAccountHistory = (id: string) => useQuery({ queryKey: keys.accountHistory(id), queryFn: ({ signal }) => getAccountHistory(id, signal) })

export const useSuggestionsOf = (account: string, wanted: boolean) =>
  useQuery({
    queryKey: keys.suggestions({ account }),
    queryFn: ({ signal }) => listSuggestions({ account }, undefined, 5, signal),
    enabled: wanted,
  })

export const useComparison = (page: AccountPage, from: string, to: string) =>
  useQuery({ queryKey: keys.comparison(page, from, to), queryFn: ({ signal }) => compareAccounts(page, from, to, signal), enabled: from !== '', retry: false })
