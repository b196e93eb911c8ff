import { useCallback } from 'react'
import { dayWords, zonedTime } from '@/lib/time'
import { useUrl, type UrlChange } from '@/ui/useUrl'

/** What a list of records is asked for. All of it lives in the address. */
export interface ListState {
  q: string
  where: string[]
  sort: string
  /** A day, as 2026-06-30; empty is now. */
  day: string
}

/** Takes a list's part out of the address. */
export const noList: UrlChange = { q: '', where: [], sort: '', on: '' }

/** The list's part of the address, and a way to change some of it. */
export function useListState(): [ListState, (change: Partial<ListState>, typing?: boolean) => void] {
  const { one, all, set } = useUrl()
  const change = useCallback(
    ({ day, ...rest }: Partial<ListState>, typing = false) =>
      set({ ...rest, ...(day !== undefined && { on: day }) }, typing ? 'typing' : 'choosing'),
    [set],
  )
  return [{ q: one('q'), where: all('where'), sort: one('sort'), day: one('on') }, change]
}

/** The day to ask the agent for, which takes it to its end. Today is not over, so it means now, as does a day to come and what is no day. */
export function pastDay(day: string, now: number): string | undefined {
  return new Date(`${day}T23:59:59.999`).getTime() < now ? day : undefined
}

/** The moment that a list shows, in words; '' where no day was asked for. at is the moment that the agent took. */
export function momentWords(day: string, now: number, at: string): string {
  if (Number.isNaN(Date.parse(day))) return ''
  const moment = new Date(at)
  // The agent's day ends with the reader's only where both have the same time zone.
  const ends = new Date(`${day}T23:59:59`).getTime() === Math.floor(moment.getTime() / 1000) * 1000
  return pastDay(day, now) && ends ? `at the end of ${dayWords(moment)}` : `at ${zonedTime(at)}`
}

/** What a click on a column's heading sorts by: upwards, then downwards, then by key again. */
export function nextSort(sort: string, field: string): string {
  if (sort === field) return `-${field}`
  return sort === `-${field}` ? '' : field
}

export const ariaSort = (sort: string, field: string) =>
  sort === field ? 'ascending' : sort === `-${field}` ? 'descending' : undefined
