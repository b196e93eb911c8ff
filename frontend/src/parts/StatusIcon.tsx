import { Ban, CircleCheck, CircleDashed, CircleMinus, CircleSlash, CircleX, Clock, LoaderCircle, Unplug } from 'lucide-react'
import { sentence, statusTone, type Tone } from '@/lib/words'
import { cx } from '@/ui/cx'
import { useOffline } from '@/ui/offline'

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
  const offline = useOffline()
  const Icon = (offline && status === 'running' ? undefined : icons[status]) ?? CircleDashed
  return <Icon size={size} aria-hidden className={cx('shrink-0', colours[statusTone(status)], status === 'running' && !offline && 'animate-spin')} />
}

/** Where a run or step stands, as icon and word. */
export function StatusWord({ status }: { status: string }) {
  const word = useStatusWord(status)
  return (
    <span className="inline-flex items-center gap-1.5 whitespace-nowrap">
      <StatusIcon status={status} size={14} />
      <span className={cx('text-sm', colours[statusTone(status)])}>{word}</span>
    </span>
  )
}

/** A step or run that went on when the agent last answered may have ended since. */
export function useStatusWord(status: string): string {
  const offline = useOffline()
  return offline && (status === 'running' || status === 'queued') ? `Last known: ${status}` : sentence(status)
}
