import { createContext, useContext } from 'react'
import { t } from '@/words'
import { useNow } from './useNow'

/** Whether the page still hears of changes. */
export interface Line {
  /** When it stopped hearing of them; undefined while it does. */
  lostAt: number | undefined
  /** It has tried again for long enough that what is on the page counts as old. */
  offline: boolean
}

export const LineContext = createContext<Line>({ lostAt: undefined, offline: false })

export const useOffline = () => useContext(LineContext).offline

/** The time for something that goes on: it stands still at the last moment of which the page knows. */
export function useKnownNow(running: boolean): number {
  const { lostAt } = useContext(LineContext)
  const now = useNow(running ? 'second' : 'slow')
  return Math.min(now, lostAt ?? Infinity)
}

/** Why a button is off while Plumbline does not answer. */
export const offlineReason = t('ui.offline')
