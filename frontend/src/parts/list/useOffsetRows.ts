import { useQueries } from '@tanstack/react-query'
import { pageRows } from '@/api/records'
import { usePagesInSight } from './usePagesInSight'

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
  const total = head?.matched ?? head?.items.length ?? 0
  const { pages: wanted, onRange } = usePagesInSight(total)
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
    onRange,
    failed: answers.find((answer) => answer.isError),
    retry: () => answers.forEach((answer) => answer.isError && void answer.refetch()),
  }
}
