import type { Run, Step } from '@/api/types'
import { duration, elapsed } from '@/lib/time'
import { StatusIcon, useStatusWord } from '@/parts/StatusIcon'
import { stateOfStep } from '@/parts/run/truth'
import { cx } from '@/ui/cx'
import { useKnownNow } from '@/ui/offline'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { barOf, spanOf, type Bar } from './bars'

interface Props {
  run: Run
  /** The step whose lines are shown; '' is all. */
  step: string
  onStep: (step: string) => void
}

/** When each step worked, and how long it waited for the vendor. A step is a filter of the log. */
export function Timeline({ run, step, onStep }: Props) {
  const now = useKnownNow(!run.finished_at)
  const span = spanOf(run, now)
  const queued = run.started_at ? elapsed(run.queued_at, run.started_at, now) : null
  return (
    <div className="py-2">
      <ol aria-label={t('run.timeline.title')}>
        {queued !== null && queued >= 0.1 && (
          <li className="px-3 py-1.5">
            <p className="flex justify-between gap-2 text-sm text-muted">
              <span>{t('run.timeline.queue')}</span> <span className="tabular">{duration(queued)}</span>
            </p>
            <Track bar={{ left: 0, work: 0, wait: (queued / span.seconds) * 100 }} status="queued" />
          </li>
        )}
        {run.steps.map((one) => (
          <StepBar key={one.name} step={one} bar={barOf(one, span)} now={now} on={one.name === step} onPick={() => onStep(one.name === step ? '' : one.name)} />
        ))}
      </ol>
      <p className="flex flex-wrap items-center gap-x-3 px-3 pt-2 text-xs text-muted">
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className="h-2 w-4 rounded-xs bg-ok-solid" /> {t('run.timeline.work')}
        </span>
        <span className="inline-flex items-center gap-1.5">
          <span aria-hidden className="hatch h-2 w-4 rounded-xs bg-quiet-solid" /> {t('run.timeline.wait')}
        </span>
      </p>
    </div>
  )
}

interface BarProps {
  step: Step
  bar: Bar
  now: number
  on: boolean
  onPick: () => void
}

function StepBar({ step, bar, now, on, onPick }: BarProps) {
  const state = stateOfStep(step)
  const word = useStatusWord(state)
  const took = elapsed(step.started_at, step.finished_at, now)
  const waited = step.waited_seconds ?? 0
  return (
    <li data-step={step.name} data-status={step.status}>
      <button type="button" aria-pressed={on} onClick={onPick} className={cx('w-full px-3 py-1.5 text-left hover:bg-hover', on && 'bg-sunken')}>
        <span className="flex items-center gap-2 text-sm">
          <StatusIcon status={step.status} size={14} />
          <span className="min-w-0 flex-1 truncate">
            <Text>{step.title}</Text>
            <span className="sr-only"> {word}</span>
          </span>
          <span className="tabular shrink-0 text-muted">{took === null ? word : duration(took)}</span>
        </span>
        <Track bar={bar} status={step.status} />
        {waited >= 0.1 && <span className="tabular text-xs text-muted">{t('run.waited', { duration: duration(waited) })}</span>}
      </button>
    </li>
  )
}

const fills: Record<string, string> = { failed: 'bg-bad-solid', partial: 'bg-warn-solid', interrupted: 'bg-warn-solid', succeeded: 'bg-ok-solid' }

function Track({ bar, status }: { bar: Bar; status: string }) {
  return (
    <span aria-hidden className="mt-1 flex h-1.5 w-full overflow-hidden rounded-xs bg-sunken">
      <span style={{ width: `${bar.left}%` }} className="shrink-0" />
      <span style={{ width: `${bar.work}%` }} className={cx('shrink-0', bar.work > 0 && 'min-w-0.5', fills[status] ?? 'bg-accent-solid')} />
      <span style={{ width: `${bar.wait}%` }} className="hatch shrink-0 bg-quiet-solid" />
    </span>
  )
}
