import { CircleCheck, CircleDashed, TriangleAlert } from 'lucide-react'
import type { ConnectionStatus } from '@/api/types'
import { fullTime } from '@/lib/time'
import { healthTone, reasonWord, sentence } from '@/lib/words'
import { Chip } from '@/ui/Chip'
import { cx } from '@/ui/cx'
import { Time } from '@/ui/Time'
import { Tooltip } from '@/ui/Tooltip'

const icons: Record<string, typeof CircleCheck> = { healthy: CircleCheck, unhealthy: TriangleAlert }

type Verdict = Pick<ConnectionStatus, 'health' | 'reason' | 'explanation' | 'since'>

/** The host's verdict: one word, why beside it, and since when. */
export function HealthChip({ verdict, layout = 'row' }: { verdict: Verdict; layout?: 'row' | 'stack' }) {
  const Icon = icons[verdict.health] ?? CircleDashed
  return (
    <div className={cx('flex', layout === 'row' ? 'flex-wrap items-center gap-x-2 gap-y-0.5' : 'flex-col items-start gap-0.5')}>
      <Tooltip
        content={
          <>
            <p>{verdict.explanation}</p>
            <p className="mt-1 text-muted">Since {fullTime(verdict.since)}</p>
          </>
        }
      >
        <button type="button" className="rounded-full" aria-label={`${sentence(verdict.health)}. ${verdict.explanation}`}>
          <Chip tone={healthTone(verdict.health, verdict.reason)} icon={<Icon size={13} aria-hidden />}>
            {sentence(verdict.health)}
          </Chip>
        </button>
      </Tooltip>
      <span className={cx('text-xs whitespace-nowrap text-muted', layout === 'stack' && 'pl-2')}>
        {reasonWord(verdict.reason)} · <Time at={verdict.since} />
      </span>
    </div>
  )
}
