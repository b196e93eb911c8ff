import { useCallback } from 'react'
import type { HistoryQuery } from '@/api/records'
import { zonedTime } from '@/lib/time'
import { useNow } from '@/ui/useNow'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { beginOf, isPeriod, type Period } from './period'

/** What is asked for on the page of changes; all of it lives in the address. */
export interface ChangesState {
  run: string
  connection: string
  stream: string
  change: '' | 'added' | 'changed' | 'removed'
  q: string
  /** A period that ends now; '' while a run or days of one's own are shown. */
  period: Period | ''
  since: string
  until: string
}

const changeOf = (text: string) => (['added', 'changed', 'removed'].includes(text) ? (text as ChangesState['change']) : '')

export function useChangesState(): [ChangesState, (change: Partial<ChangesState>, typing?: boolean) => void] {
  const { one, set } = useUrl()
  const run = one('run')
  const since = one('since')
  const until = one('until')
  const named = one('period')
  const state: ChangesState = {
    run, connection: one('connection'), stream: one('stream'), change: changeOf(one('change')), q: one('q'), since, until,
    period: run || since || until ? '' : isPeriod(named) ? named : 'week',
  }
  const change = useCallback((next: Partial<ChangesState>, typing = false) => set({ ...next, peek: '' }, typing ? 'typing' : 'choosing'), [set])
  return [state, change]
}

/** The question to the agent. */
export function useHistoryQuery(state: ChangesState): HistoryQuery {
  const now = useNow()
  return {
    ...(state.run && { run: state.run }),
    ...(state.connection && { connection: [state.connection] }),
    ...(state.stream && { stream: state.stream }),
    ...(state.change && { change: state.change }),
    ...(state.q && { q: state.q }),
    ...(state.period ? { since: beginOf(state.period, now) } : { ...(state.since && { since: state.since }), ...(state.until && { until: state.until }) }),
  }
}

/** What is asked for, in words. */
export function conditionsOf(state: ChangesState, query: HistoryQuery): string[] {
  const words = (since: string) => (/^\d{4}-\d{2}-\d{2}$/.test(since) ? since : zonedTime(since))
  return [
    state.run && t('changes.ofRun', { run: state.run }),
    query.since && t('changes.filterSince', { moment: words(query.since) }),
    query.until && t('changes.filterUntil', { moment: words(query.until) }),
    state.connection && t('changes.filterConnection', { alias: state.connection }),
    state.stream && t('changes.filterStream', { stream: state.stream }),
    state.change && t('changes.filterChange', { change: t(`record.change.${state.change}`) }),
    state.q && t('record.searchFor', { text: state.q }),
  ].filter((text): text is string => Boolean(text))
}
