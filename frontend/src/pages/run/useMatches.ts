import { useEffect, useState } from 'react'
import { useDebounced } from '@/ui/useDebounced'
import type { LogState } from './logState'
import { useFiltered } from './queries'

export interface Matches {
  /** How many lines match, in all steps that are shown; undefined without a search. */
  count: number | undefined
  /** Which of them is the current one, from 1; 0 before the first was gone to. */
  at: number
  /** Number of the current line; 0 is none. */
  current: number
  next: (() => void) | undefined
  previous: (() => void) | undefined
}

/** Looks for a text in every line, and goes from match to match. It finds; it hides nothing. */
export function useMatches(run: string, { q, level, step }: LogState, show: (line: number) => void): Matches {
  const text = useDebounced(q.trim(), 200)
  const query = useFiltered(run, { q: text, level: level || undefined, step: step || undefined }, text !== '')
  const lines = text === '' ? [] : (query.data?.pages.flatMap((page) => page.items) ?? [])
  const count = text === '' ? undefined : query.data?.pages[0]?.matches
  const [place, setPlace] = useState({ text: '', at: -1 })
  const at = place.text === text ? place.at : -1
  const current = lines[at]?.number ?? 0
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query
  useEffect(() => {
    if (at >= lines.length - 1 && hasNextPage && !isFetchingNextPage && text !== '') void fetchNextPage()
  }, [at, lines.length, hasNextPage, isFetchingNextPage, fetchNextPage, text])
  useEffect(() => {
    if (current > 0) show(current)
  }, [current, show])
  const go = (by: number) => () => setPlace({ text, at: (Math.max(at, by > 0 ? -1 : 0) + by + lines.length) % lines.length })
  return { count, at: at + 1, current, next: lines.length > 0 ? go(1) : undefined, previous: lines.length > 0 ? go(-1) : undefined }
}
