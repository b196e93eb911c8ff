import { useCallback } from 'react'
import { dayWords, zonedTime } from '@/lib/time'
import { useUrl, type UrlChange } from '@/ui/useUrl'
import { t } from '@/words'

/** What a list of records is asked for. All of it lives in the address. */
export interface ListState {
  q: string
  where: string[]
  sort: string
  /** A day, as 2026-06-30, which means its end; or a moment, as 2026-06-30T12:00Z. Empty is now. */
  on: string
}

/** Takes a list's part out of the address. */
export const noList: UrlChange = { q: '', where: [], sort: '', on: '', page: '', peek: '' }

/** The list's part of the address, and a way to change some of it. Another list begins at its first page. */
export function useListState(): [ListState, (change: Partial<ListState>, typing?: boolean) => void] {
  const { one, all, set } = useUrl()
  const change = useCallback(
    (change: Partial<ListState>, typing = false) => set({ ...change, page: '' }, typing ? 'typing' : 'choosing'),
    [set],
  )
  return [{ q: one('q'), where: all('where'), sort: one('sort'), on: one('on') }, change]
}

const isDay = (on: string) => /^\d{4}-\d{2}-\d{2}$/.test(on)

/** When a moment that was chosen is over, in milliseconds since 1970; NaN for what is none. */
const endOf = (on: string) => new Date(isDay(on) ? `${on}T23:59:59.999` : on).getTime()

/**
 * What to ask the agent for, which takes a day to its end. Today is not over, so it means now, as does a moment to
 * come and what is none.
 */
export function askedMoment(on: string, now: number): string | undefined {
  return on !== '' && endOf(on) < now ? on : undefined
}

/** The moment that a list shows, in words; '' where none was asked for. at is the moment that the agent took. */
export function momentWords(on: string, now: number, at: string): string {
  if (Number.isNaN(Date.parse(on))) return ''
  const moment = new Date(at)
  if (!isDay(on)) return t('record.at', { moment: zonedTime(askedMoment(on, now) ?? at) })
  // The agent's day ends with the reader's only where both have the same time zone.
  const ends = new Date(`${on}T23:59:59`).getTime() === Math.floor(moment.getTime() / 1000) * 1000
  return askedMoment(on, now) && ends ? t('record.atEndOf', { day: dayWords(moment) }) : t('record.at', { moment: zonedTime(at) })
}

/** What a person entered as a day and, perhaps, a time of their own clock. */
export function momentOf(day: string, time: string): string {
  if (!isDay(day) || time === '') return isDay(day) ? day : ''
  const at = new Date(`${day}T${time}`)
  return Number.isNaN(at.getTime()) ? day : at.toISOString().replace(/:\d{2}\.\d{3}Z$/, 'Z')
}

const pad = (n: number) => String(n).padStart(2, '0')

/** The day and the time of the reader's clock that stand for a moment. */
export function partsOf(on: string): { day: string; time: string } {
  if (isDay(on) || Number.isNaN(Date.parse(on))) return { day: isDay(on) ? on : '', time: '' }
  const at = new Date(on)
  return { day: at.toLocaleDateString('sv'), time: `${pad(at.getHours())}:${pad(at.getMinutes())}` }
}

/** What a click on a column's heading sorts by: upwards, then downwards, then by key again. */
export function nextSort(sort: string, field: string): string {
  if (sort === field) return `-${field}`
  return sort === `-${field}` ? '' : field
}
