import { useState } from 'react'
import type { ConnectionItem } from '@/api/types'
import { settle } from '@/lib/settle'

interface Drawn {
  key: string
  items: ConnectionItem[]
  /** When they were answered, in milliseconds since 1970. */
  at: number
}

interface Answer {
  items: ConnectionItem[]
  at: number
  /** It is that of another question, while this one waits for its own. */
  isPlaceholder: boolean
  /** A newer one is on its way. */
  isFetching: boolean
}

/** A row of the list: its latest state, and whether the latest answer still has it. */
export interface DrawnRow {
  item: ConnectionItem
  left: boolean
}

/**
 * Draws the answer to one question, patched in place by the answers that follow: rows keep their places until show is
 * called. Another question, which has another key, is drawn at once, and so is the answer that was on its way when the
 * person came: what was kept from an earlier visit is nothing they look at yet.
 */
export function useSettled(key: string, { items, at, isPlaceholder, isFetching }: Answer) {
  const [drawn, setDrawn] = useState<Drawn>({ key: '', items: [], at: 0 })
  const [kept] = useState(isFetching ? at : undefined)
  if (!isPlaceholder && (drawn.key !== key || (drawn.at === kept && at !== kept))) setDrawn({ key, items, at })
  const latest = new Map(items.map((item) => [item.id, item]))
  const settled = settle(drawn.items.map((item) => item.id), items.map((item) => item.id))
  const rows = drawn.items.map((item): DrawnRow => ({ item: latest.get(item.id) ?? item, left: !latest.has(item.id) }))
  return { rows, settled, show: () => setDrawn({ key, items, at }) }
}
