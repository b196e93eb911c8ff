import { CircleCheck, CircleDashed, CircleHelp, CircleSlash, CircleX, LoaderCircle, TriangleAlert } from 'lucide-react'
import type { Tone } from '@/lib/words'
import { cx } from '@/ui/cx'
import { t } from '@/words'

interface Look {
  word: string
  granted: string
  tone: Tone
  icon: typeof CircleX
}

const looks: Record<string, Look> = {
  running: { word: t('connect.probe.running'), granted: t('connect.probe.checking'), tone: 'info', icon: LoaderCircle },
  ok: { word: t('connect.probe.ok'), granted: t('connect.probe.granted'), tone: 'ok', icon: CircleCheck },
  missing: { word: t('connect.probe.missing'), granted: t('connect.probe.missing'), tone: 'bad', icon: CircleX },
  warning: { word: t('connect.probe.warning'), granted: t('connect.probe.granted_warning'), tone: 'warn', icon: TriangleAlert },
  too_broad: { word: t('connect.probe.broad'), granted: t('connect.probe.broad'), tone: 'warn', icon: TriangleAlert },
  failed: { word: t('connect.probe.failed'), granted: t('connect.probe.failed'), tone: 'bad', icon: CircleX },
  unknown: { word: t('connect.probe.unknown'), granted: t('connect.probe.not_found_out'), tone: 'quiet', icon: CircleHelp },
  skipped: { word: t('connect.probe.skipped'), granted: t('connect.probe.not_tried'), tone: 'quiet', icon: CircleSlash },
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
