import { ChevronDown } from 'lucide-react'
import { useId, useState } from 'react'
import type { Run, Step } from '@/api/types'
import { count } from '@/lib/numbers'
import { duration, elapsed } from '@/lib/time'
import { visible } from '@/lib/visible'
import { StatusIcon, useStatusWord } from '@/parts/StatusIcon'
import { IconButton } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { useKnownNow, useOffline } from '@/ui/offline'
import { Sentence, Text } from '@/ui/Text'
import { changesPath, runPath } from '@/lib/paths'
import { StepDetail } from '@/parts/run/StepDetail'
import { sameAs, stateOfStep } from '@/parts/run/truth'
import { Link } from 'wouter'
import { t } from '@/words'

export const columns = 'items-center gap-x-3 md:grid-cols-[1.25rem_minmax(10rem,1fr)_repeat(4,5rem)_6rem_1.75rem]'

export function StepRow({ step, run, runs }: { step: Step; run: Run; runs: Run[] }) {
  const panel = useId()
  const word = useStatusWord(stateOfStep(step))
  const said = sameAs(step, run)
  const hasDetail = !said && (Boolean(step.error) || step.gaps.length > 0)
  const [toggled, setToggled] = useState<boolean>()
  // What is held has its own bar above, with the way to decide.
  const open = hasDetail && (toggled ?? stateOfStep(step) !== 'held')
  return (
    <li data-step={step.name} data-status={step.status}>
      <div className={cx('grid min-h-11 grid-cols-[1.25rem_minmax(0,1fr)_auto] px-4 py-2', columns)}>
        <StatusIcon status={step.status} />
        <div className="min-w-0">
          <span className="font-medium">
            <Text>{step.title}</Text>
          </span>{' '}
          <span className="text-sm text-muted">{word}</span>
          <Doing step={step} />
          {said && (
            <p className="text-sm text-muted" data-same>
              <Sentence>{t('run.sameError', { step: said.title })}</Sentence>
            </p>
          )}
          <Calls step={step} />
          {countsShown(step) && (
            <p className="tabular flex flex-wrap gap-x-2 text-sm text-muted md:hidden">
              {numbersOf(step).map((number) => (
                <span key={number.word}>
                  <Counted number={number} step={step} run={run} /> <span aria-hidden>{number.word}</span>
                </span>
              ))}
            </p>
          )}
        </div>
        <Numbers step={step} run={run} />
        <Took step={step} />
        <span className="hidden md:block">{hasDetail && <Toggle open={open} panel={panel} step={step} onToggle={() => setToggled(!open)} />}</span>
      </div>
      {open && (
        <div id={panel} className="px-4 pb-4 md:pl-12">
          <StepDetail step={step} run={run} runs={runs} action={<LogLink run={run} step={step} />} />
        </div>
      )}
    </li>
  )
}

function Toggle({ open, panel, step, onToggle }: { open: boolean; panel: string; step: Step; onToggle: () => void }) {
  return (
    <IconButton label={t('run.details', { title: visible(step.title) })} aria-expanded={open} aria-controls={open ? panel : undefined} onClick={onToggle}>
      <ChevronDown size={16} aria-hidden className={open ? 'rotate-180' : ''} />
    </IconButton>
  )
}

function LogLink({ run, step }: { run: Run; step: Step }) {
  return (
    <Link href={`${runPath(run.id)}?step=${encodeURIComponent(step.name)}`} className="self-center text-sm text-accent hover:underline">
      {t('run.logAtStep')}
    </Link>
  )
}

/** What it asked of the vendor, and how long the vendor let it wait. */
function Calls({ step }: { step: Step }) {
  const parts = [
    step.requests && t('run.calls', { count: step.requests }),
    step.waited_seconds && step.waited_seconds >= 0.1 && t('run.waited', { duration: duration(step.waited_seconds) }),
  ].filter(Boolean)
  return parts.length > 0 && <p className="tabular text-xs text-muted">{parts.join(' · ')}</p>
}

/** What the step is doing now, or waits for, or why it was left out. */
function Doing({ step }: { step: Step }) {
  const offline = useOffline()
  const parts = [
    step.note,
    step.resumed && t('run.resumed'),
    step.held && !step.error && t('run.heldCount', { count: step.held }),
  ].filter(Boolean)
  return (
    <>
      {parts.length > 0 && (
        <p className="text-sm text-muted">
          <Sentence>{parts.join(' ')}</Sentence>
        </p>
      )}
      {step.status === 'running' && !offline && step.wait_until && <Wait until={step.wait_until} />}
      {step.status === 'running' && step.expected ? <Progress read={step.read} expected={step.expected} title={visible(step.title)} /> : null}
    </>
  )
}

function Wait({ until }: { until: string }) {
  const left = (Date.parse(until) - useKnownNow(true)) / 1000
  return <p className="tabular text-sm text-warn">{left > 0 ? t('run.waiting', { duration: duration(Math.ceil(left)) }) : t('run.goingOn')}</p>
}

function Progress({ read, expected, title }: { read: number; expected: number; title: string }) {
  const share = Math.min(100, Math.round((read / expected) * 100))
  return (
    <div
      role="progressbar"
      aria-label={title}
      aria-valuenow={share}
      aria-valuemin={0}
      aria-valuemax={100}
      className="mt-1 h-1 max-w-60 overflow-hidden rounded-full bg-sunken"
    >
      <div className="h-full bg-accent-solid" style={{ width: `${share}%` }} />
    </div>
  )
}

const idle = new Set(['queued', 'skipped'])

const countsShown = (step: Step) => step.stream !== '' && !idle.has(step.status)

interface StepNumber {
  word: string
  n: number
  /** The kind of change that it counts. */
  change?: 'added' | 'changed' | 'removed'
}

const numbersOf = (step: Step): StepNumber[] => [
  { word: t('run.count.read'), n: step.read },
  { word: t('run.count.added'), n: step.added, change: 'added' },
  { word: t('run.count.changed'), n: step.changed, change: 'changed' },
  { word: t('run.count.removed'), n: step.removed, change: 'removed' },
]

function Numbers({ step, run }: { step: Step; run: Run }) {
  return numbersOf(step).map((number) => (
    <span key={number.word} className={cx('tabular hidden text-right text-sm md:block', number.n === 0 && 'text-faint')}>
      {countsShown(step) && <Counted number={number} step={step} run={run} />}
    </span>
  ))
}

/** A count of a step. A count of changes is the way to them. */
function Counted({ number: { word, n, change }, step, run }: { number: StepNumber; step: Step; run: Run }) {
  const said = (
    <>
      {count(n)} <span className="sr-only">{word}</span>
    </>
  )
  if (!change || n === 0) return said
  return (
    <Link
      href={changesPath({ connection: run.connection, run: run.id, ...(step.stream && { stream: step.stream }), change })}
      className="inline-block min-h-6 rounded underline-offset-2 hover:underline"
    >
      {said}
    </Link>
  )
}

function Took({ step }: { step: Step }) {
  const now = useKnownNow(step.status === 'running')
  const took = elapsed(step.started_at, step.finished_at, now)
  return <span className="tabular text-right text-sm whitespace-nowrap text-muted">{took === null || step.status === 'skipped' ? '' : duration(took)}</span>
}
