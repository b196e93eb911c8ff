import { useMemo } from 'react'
import { useUrl } from '@/ui/useUrl'

export type Clock = 'relative' | 'local' | 'utc'
export type Level = 'debug' | 'info' | 'warn' | 'error'

const clocks: Clock[] = ['relative', 'local', 'utc']
const levels: Level[] = ['debug', 'info', 'warn', 'error']

/** What a log shows and how. All of it lives in the address, so a link shows the same lines. */
export interface LogState {
  /** Lines of this level and of the more serious ones; '' is all. */
  level: Level | ''
  /** Name of a step; '' is all. */
  step: string
  q: string
  /** The line that the link is about; 0 is none. */
  line: number
  clock: Clock
  wrap: boolean
}

export function useLogState(): [LogState, (change: Partial<LogState>, typing?: boolean) => void] {
  const { one, set } = useUrl()
  const state: LogState = useMemo(
    () => ({
      level: levels.find((level) => level === one('level')) ?? '',
      step: one('step'),
      q: one('q'),
      line: lineOf(one('line')),
      clock: clocks.find((clock) => clock === one('time')) ?? 'local',
      wrap: one('wrap') === 'on',
    }),
    [one],
  )
  const change = (next: Partial<LogState>, typing = false) =>
    set(
      {
        ...(next.level !== undefined && { level: next.level }),
        ...(next.step !== undefined && { step: next.step }),
        ...(next.q !== undefined && { q: next.q }),
        ...(next.line !== undefined && { line: next.line > 0 ? String(next.line) : '' }),
        ...(next.clock !== undefined && { time: next.clock === 'local' ? '' : next.clock }),
        ...(next.wrap !== undefined && { wrap: next.wrap ? 'on' : '' }),
      },
      typing ? 'typing' : 'choosing',
    )
  return [state, change]
}

const lineOf = (text: string) => (/^\d{1,9}$/.test(text) ? Number(text) : 0)

const local = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit', fractionalSecondDigits: 3 })

/** The time of a line as the reader wants it: since the run began, by the reader's clock, or in UTC. */
export function lineTime(at: string, clock: Clock, start: string | null): string {
  if (clock === 'utc') return `${new Date(at).toISOString().slice(11, 23)}Z`
  if (clock === 'local') return local.format(new Date(at))
  const seconds = start ? (Date.parse(at) - Date.parse(start)) / 1000 : 0
  const minutes = Math.floor(Math.abs(seconds) / 60)
  const rest = (Math.abs(seconds) % 60).toFixed(3).padStart(6, '0')
  return `${seconds < 0 ? '-' : '+'}${minutes}:${rest}`
}
