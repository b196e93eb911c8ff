import { useState } from 'react'
import { pagesOf } from '@/parts/records/pages'
import type { Slice } from '@/ui/grid/geometry'
import { useDebounced } from '@/ui/useDebounced'
import { useStable } from '@/ui/useStable'

/** So long a page must stay in sight before it is asked for: who drags the scroll bar passes many. */
const passing = 90

/**
 * The pages behind the first of a list whose rows are in sight, once they stay there. Rows that come into sight on the
 * same pages draw nothing anew but themselves: the list hears of pages, not of rows.
 */
export function usePagesInSight(count: number): { pages: readonly number[]; onRange: (slice: Slice) => void } {
  const [pages, setPages] = useState<readonly number[]>([])
  const onRange = useStable((slice: Slice) => {
    const now = pagesOf(slice, count)
    setPages((before) => (before.length === now.length && before.every((page, i) => page === now[i]) ? before : now))
  })
  return { pages: useDebounced(pages, passing), onRange }
}
