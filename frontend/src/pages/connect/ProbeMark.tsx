import { CircleCheck, CircleDashed, CircleHelp, CircleSlash, CircleX, LoaderCircle, TriangleAlert } from 'lucide-react'
import type { Tone } from '@/lib/words'
import { cx } from '@/ui/cx'

interface Look {
  word: string
  granted: string
  tone: Tone
  icon: typeof CircleX
}

const looks: Record<string, Look> = {
  running: { word: 'Running', granted: 'Checking', tone: 'info', icon: LoaderCircle },
  ok: { word: 'OK', granted: 'Granted', tone: 'ok', icon: CircleCheck },
  missing: { word: 'Missing', granted: 'Missing', tone: 'bad', icon: CircleX },
  warning: { word: 'Warning', granted: 'Granted, with a warning', tone: 'warn', icon: TriangleAlert },
  too_broad: { word: 'Broader than needed', granted: 'Broader than needed', tone: 'warn', icon: TriangleAlert },
  failed: { word: 'Failed', granted: 'Failed', tone: 'bad', icon: CircleX },
  unknown: { word: 'Unknown', granted: 'Could not be found out', tone: 'quiet', icon: CircleHelp },
  skipped: { word: 'Skipped', granted: 'Not tried', tone: 'quiet', icon: CircleSlash },
}
const colours: Record<Tone, string> = { ok: 'text-ok', warn: 'text-warn', bad: 'text-bad', info: 'text-accent', quiet: 'text-faint' }

/** How a probe is drawn. An optional one that failed is a warning: the connection works without it. */
export function lookOf(state: string, required = true): Look {
  const look = looks[state] ?? { word: state, granted: state, tone: 'quiet', icon: CircleDashed }
  return look.tone === 'bad' && !required ? { ...look, tone: 'warn', icon: TriangleAlert } : look
}

export function ProbeIcon({ state, required = true }: { state: string; required?: boolean }) {
  const { icon: Icon, tone } = lookOf(state, required)
  return <Icon size={16} aria-hidden className={cx('shrink-0', colours[tone], state === 'running' && 'animate-spin')} />
}

/** What a check found of one permission; nothing before there was one. */
export function ProbeMark({ state, required }: { state: string | undefined; required: boolean }) {
  if (!state) return null
  const { granted, tone } = lookOf(state, required)
  return (
    <span className={cx('mt-1 flex items-center gap-1 text-xs', colours[tone])}>
      <ProbeIcon state={state} required={required} />
      {granted}
    </span>
  )
}
