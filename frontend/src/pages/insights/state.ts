import { useCallback } from 'react'
import type { InsightsQuery } from '@/api/insights'
import { useNow } from '@/ui/useNow'
import { useUrl } from '@/ui/useUrl'

/** The periods that are offered, each so many days with today. */
export const periods = { week: 7, month: 30, quarter: 90 } as const
export type Period = keyof typeof periods
export const groups = ['connection', 'connector', 'category', 'owner'] as const
export type Group = (typeof groups)[number]

/** Which connections are asked about, by parameter of the address. */
export const narrowing = ['connection', 'connector', 'category', 'owner'] as const

/** What is asked for; all of it lives in the address. */
export interface InsightsState {
  /** A period that ends now; '' while days of one's own are shown. */
  period: Period | ''
  since: string
  until: string
  group: Group
  only: Partial<Record<(typeof narrowing)[number], string>>
}

export const isPeriod = (text: string): text is Period => text in periods
export const isGroup = (text: string): text is Group => (groups as readonly string[]).includes(text)

export function useInsightsState(): [InsightsState, (change: Record<string, string>) => void] {
  const { one, set } = useUrl()
  const since = one('since')
  const until = one('until')
  const period = one('period')
  const group = one('group')
  const only = Object.fromEntries(narrowing.filter((name) => one(name)).map((name) => [name, one(name)]))
  const state: InsightsState = {
    since, until, only, period: since || until ? '' : isPeriod(period) ? period : 'month', group: isGroup(group) ? group : 'connection',
  }
  return [state, useCallback((change: Record<string, string>) => set(change), [set])]
}

/** The first day of a period that ends today. */
export function firstDay(period: Period, now: number): string {
  const day = new Date(now)
  day.setDate(day.getDate() - periods[period] + 1)
  return day.toLocaleDateString('sv')
}

/** The question to the agent. */
export function useInsightsQuery({ period, since, until, group, only }: InsightsState): InsightsQuery {
  const now = useNow()
  return {
    group, zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    ...(only.connection && { connection: [only.connection] }),
    ...(only.connector && { connector: only.connector }),
    ...(only.category && { category: only.category }),
    ...(only.owner && { owner: only.owner }),
    ...(period ? { since: firstDay(period, now) } : { ...(since && { since }), ...(until && { until }) }),
  }
}
