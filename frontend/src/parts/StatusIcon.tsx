import { Ban, CircleCheck, CircleDashed, CircleMinus, CircleSlash, CircleX, Clock, LoaderCircle, Unplug } from 'lucide-react'
import { sentence, statusTone, type Tone } from '@/lib/words'
import { cx } from '@/ui/cx'

const icons: Record<string, typeof Ban> = {
  queued: Clock,
  running: LoaderCircle,
  succeeded: CircleCheck,
  partial: CircleMinus,
  failed: CircleX,
  cancelled: Ban,
  interrupted: Unplug,
  skipped: CircleSlash,
}
const colours: Record<Tone, string> = { ok: 'text-ok', warn: 'text-warn', bad: 'text-bad', info: 'text-accent', quiet: 'text-faint' }

export function StatusIcon({ status, size = 16 }: { status: string; size?: number }) {
  const Icon = icons[status] ?? CircleDashed
  return <Icon size={size} aria-hidden className={cx('shrink-0', colours[statusTone(status)], status === 'running' && 'animate-spin')} />
}

/** Where a run or step stands, as icon and word. */
export function StatusWord({ status }: { status: string }) {
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <StatusIcon status={status} size={14} />
      <span className={cx('text-sm', colours[statusTone(status)])}>{sentence(status)}</span>
    </span>
  )
}
