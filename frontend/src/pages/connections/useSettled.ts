import { useState } from 'react'
import type { ConnectionItem } from '@/api/types'
import { settle } from '@/lib/settle'

interface Drawn {
  key: string
  items: ConnectionItem[]
}

/** A row of the list: its latest state, and whether the latest answer still has it. */
export interface DrawnRow {
  item: ConnectionItem
  left: boolean
}

/**
 * Draws the answer to one question, patched in place by the answers that follow: rows keep their places until show is
 * called. Another question, which has another key, is drawn at once.
 */
export function useSettled(key: string, items: ConnectionItem[], isPlaceholder: boolean) {
  const [drawn, setDrawn] = useState<Drawn>({ key: '', items: [] })
  if (!isPlaceholder && drawn.key !== key) setDrawn({ key, items })
  const latest = new Map(items.map((item) => [item.id, item]))
  const settled = settle(drawn.items.map((item) => item.id), items.map((item) => item.id))
  const rows = drawn.items.map((item): DrawnRow => ({ item: latest.get(item.id) ?? item, left: !latest.has(item.id) }))
  return { rows, settled, show: () => setDrawn({ key, items }) }
}
