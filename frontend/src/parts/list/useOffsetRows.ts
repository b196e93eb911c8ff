import { useQueries } from '@tanstack/react-query'
import { useState } from 'react'
import { pageRows } from '@/api/records'
import { pagesOf } from '@/parts/records/pages'
import type { Slice } from '@/ui/grid/geometry'
import { useDebounced } from '@/ui/useDebounced'

/** So long a page must stay in sight before it is asked for: who drags the scroll bar passes many. */
const passing = 90

/** Pages out of sight are forgotten soon. */
const forgotten = 30_000

interface Page<T> {
  items: T[]
  /** Rows of the whole list. */
  matched?: number
}

interface Of<T> {
  /** The first page; undefined until it is there. */
  head: Page<T> | undefined
  keyOf: (page: number) => readonly unknown[]
  fetch: (offset: number, signal: AbortSignal) => Promise<Page<T>>
}

/** The rows of a list of any length, by where they stand. Only the pages in sight are asked for. */
export function useOffsetRows<T>({ head, keyOf, fetch }: Of<T>) {
  const [range, setRange] = useState<Slice>({ first: 0, end: 0 })
  const settled = useDebounced(range, passing)
  const total = head?.matched ?? head?.items.length ?? 0
  const wanted = pagesOf(settled, total)
  const answers = useQueries({
    queries: wanted.map((page) => ({
      queryKey: keyOf(page),
      queryFn: ({ signal }: { signal: AbortSignal }) => fetch(page * pageRows, signal),
      gcTime: forgotten,
    })),
  })
  const rowAt = (index: number): T | undefined => {
    const page = Math.floor(index / pageRows)
    const of = page === 0 ? head : answers[wanted.indexOf(page)]?.data
    return of?.items[index - page * pageRows]
  }
  return {
    total,
    rowAt,
    onRange: setRange,
    failed: answers.find((answer) => answer.isError),
    retry: () => answers.forEach((answer) => answer.isError && void answer.refetch()),
  }
}
