import { useState } from 'react'
import type { ConnectionItem } from '@/api/types'

/** The connections that are selected, also those on other pages. */
export function useSelection(rows: readonly ConnectionItem[]) {
  const [chosen, setChosen] = useState<ReadonlyMap<string, ConnectionItem>>(new Map())
  const [anchor, setAnchor] = useState('')
  const change = (items: readonly ConnectionItem[], on: boolean) =>
    setChosen((before) => {
      const next = new Map(before)
      for (const item of items) {
        if (on) next.set(item.id, item)
        else next.delete(item.id)
      }
      return next
    })

  const latest = new Map(rows.map((item) => [item.id, item]))
  return {
    has: (id: string) => chosen.has(id),
    /** As the list has them now. */
    items: [...chosen.values()].map((item) => latest.get(item.id) ?? item),
    change,
    clear: () => setChosen(new Map()),
    toggle: (item: ConnectionItem) => {
      setAnchor(item.id)
      change([item], !chosen.has(item.id))
    },
    /** Selects every row from the one that was selected last to this one. */
    extend: (item: ConnectionItem) => {
      const [from, to] = [rows.findIndex((row) => row.id === anchor), rows.findIndex((row) => row.id === item.id)]
      change(from < 0 ? [item] : rows.slice(Math.min(from, to), Math.max(from, to) + 1), true)
      setAnchor(item.id)
    },
  }
}

export type Selection = ReturnType<typeof useSelection>
