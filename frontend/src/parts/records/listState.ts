import { useCallback } from 'react'
import { useLocation, useSearch } from 'wouter'
import { dayWords, zonedTime } from '@/lib/time'

/** What a list of records is asked for. All of it lives in the address. */
export interface ListState {
  q: string
  where: string[]
  sort: string
  /** A day, as 2026-06-30; empty is now. */
  day: string
}

export const listParams = ['q', 'where', 'sort', 'on']

/** The list's part of the address, and a way to change some of it. */
export function useListState(): [ListState, (change: Partial<ListState>, typing?: boolean) => void] {
  const [path, navigate] = useLocation()
  const search = useSearch()
  const params = new URLSearchParams(search)
  const state: ListState = {
    q: params.get('q') ?? '',
    where: params.getAll('where'),
    sort: params.get('sort') ?? '',
    day: params.get('on') ?? '',
  }
  const set = useCallback(
    (change: Partial<ListState>, typing = false) => {
      const next = new URLSearchParams(search)
      const one = (name: string, value: string | undefined) => {
        if (value === undefined) return
        if (value) next.set(name, value)
        else next.delete(name)
      }
      one('q', change.q)
      one('sort', change.sort)
      one('on', change.day)
      if (change.where) {
        next.delete('where')
        for (const condition of change.where) next.append('where', condition)
      }
      const query = next.toString()
      navigate(query ? `${path}?${query}` : path, { replace: typing })
    },
    [navigate, path, search],
  )
  return [state, set]
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
