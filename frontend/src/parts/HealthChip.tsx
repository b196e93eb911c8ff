import { CircleCheck, CircleDashed, CirclePause, TriangleAlert, Unplug } from 'lucide-react'
import type { ConnectionStatus } from '@/api/types'
import { fullTime, sinceWords } from '@/lib/time'
import { visible } from '@/lib/visible'
import { healthTone, reasonWord, sentence, stateOf } from '@/lib/words'
import { Chip } from '@/ui/Chip'
import { cx } from '@/ui/cx'
import { useOffline } from '@/ui/offline'
import { Sentence } from '@/ui/Text'
import { Tooltip } from '@/ui/Tooltip'
import { useNow } from '@/ui/useNow'

const icons: Record<string, typeof CircleCheck> = { healthy: CircleCheck, unhealthy: TriangleAlert, paused: CirclePause, disconnected: Unplug }

type Verdict = Pick<ConnectionStatus, 'health' | 'reason' | 'explanation' | 'since'>

/** The host's verdict: one word, why beside it, and since when. While the agent does not answer it is the last one known. */
export function HealthChip({ verdict, layout = 'row' }: { verdict: Verdict; layout?: 'row' | 'stack' }) {
  const offline = useOffline()
  const now = useNow()
  const state = stateOf(verdict)
  const Icon = icons[state] ?? CircleDashed
  const word = offline ? `Last known: ${state}` : sentence(state)
  const since = `since ${sinceWords(verdict.since, now)}`
  return (
    <div className={cx('flex', layout === 'row' ? 'flex-wrap items-center gap-x-2 gap-y-0.5' : 'flex-col items-start gap-0.5')}>
      <Tooltip
        content={
          <>
            <p>
              <Sentence>{verdict.explanation}</Sentence>
            </p>
            <p className="mt-1 text-muted">Since {fullTime(verdict.since)}</p>
          </>
        }
      >
        <button type="button" className="rounded-full" aria-label={`${word}. ${visible(verdict.explanation)}`} data-health={state}>
          <Chip tone={offline ? 'quiet' : healthTone(state, verdict.reason)} icon={<Icon size={13} aria-hidden />}>
            {word}
          </Chip>
        </button>
      </Tooltip>
      <span className={cx('text-xs whitespace-nowrap text-muted', layout === 'stack' && 'pl-2')}>
        {reasonLine(state, verdict.reason, since)}
      </span>
    </div>
  )
}

/** "On time since 09:08"; the chip of a paused connection has said the reason. */
function reasonLine(state: string, reason: string, since: string): string {
  if (state === 'paused' || state === 'disconnected') return sentence(since)
  return reason === 'draft' ? reasonWord(reason) : `${reasonWord(reason)} ${since}`
}
