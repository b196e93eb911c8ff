import { useMemo, useState } from 'react'
import type { Account, AccountPage, FacetQuery } from '@/api/people'
import { targetOf, type Target } from '@/parts/accounts/DecisionDialog'

export interface Selected {
  /** The list that it is of; another list begins with nothing selected. */
  list: string
  chosen: ReadonlyMap<string, Account>
  /** How many there were when all that match were selected, as a question and not by their ids. */
  all: number | undefined
  /** The row that was selected last. */
  anchor: number
}

const none = (list: string): Selected => ({ list, chosen: new Map(), all: undefined, anchor: -1 })

export const isSelected = ({ all, chosen }: Selected, id: string) => all !== undefined || chosen.has(id)

interface Of {
  page: AccountPage
  query: FacetQuery
  rowAt: (index: number) => Account | undefined
}

/** The accounts that are selected: some by name, or all that the list finds. */
export function useSelection({ page, query, rowAt }: Of) {
  const list = JSON.stringify([page, query])
  const [kept, setState] = useState(none(list))
  const nothing = useMemo(() => none(list), [list])
  const state = kept.list === list ? kept : nothing
  const put = (accounts: readonly Account[], on: boolean, anchor: number) => {
    const chosen = new Map(state.chosen)
    for (const account of accounts) {
      if (on) chosen.set(account.id, account)
      else chosen.delete(account.id)
    }
    setState({ list, chosen, all: undefined, anchor })
  }
  const target = (): Target | undefined => {
    if (state.all !== undefined) return { of: { query: { page, q: query.q, facets: query.facet } }, count: state.all }
    return state.chosen.size > 0 ? targetOf([...state.chosen.values()]) : undefined
  }
  return {
    count: state.all ?? state.chosen.size,
    all: state.all !== undefined,
    /** Another one whenever something else is selected. */
    state,
    target,
    clear: () => setState(none(list)),
    selectAll: (count: number) => setState({ ...none(list), all: count }),
    toggle: (index: number) => {
      const account = rowAt(index)
      if (account) put([account], !state.chosen.has(account.id), index)
    },
    /** Selects every row from the one that was selected last to this one, as far as they are there. */
    extend: (index: number) => {
      const [from, to] = state.anchor < 0 ? [index, index] : [Math.min(state.anchor, index), Math.max(state.anchor, index)]
      const rows = Array.from({ length: to - from + 1 }, (_, i) => rowAt(from + i)).filter((row) => row !== undefined)
      put(rows, true, index)
    },
  }
}

export type Selection = ReturnType<typeof useSelection>
