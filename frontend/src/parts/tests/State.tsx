import { CircleCheck, CircleHelp, CircleSlash, CircleX, Clock, OctagonAlert, Power, Unplug, type LucideIcon } from 'lucide-react'
import type { TestOutcome, TestSeverity, TestState } from '@/api/tests'
import type { Tone } from '@/lib/words'
import { Chip } from '@/ui/Chip'
import { cx } from '@/ui/cx'
import { t } from '@/words'

/** Green is for what passes and for nothing else. */
const states: Record<TestState, { tone: Tone; Icon: LucideIcon }> = {
  passing: { tone: 'ok', Icon: CircleCheck },
  failing: { tone: 'bad', Icon: CircleX },
  error: { tone: 'bad', Icon: OctagonAlert },
  stale: { tone: 'warn', Icon: Clock },
  unproven: { tone: 'warn', Icon: CircleHelp },
  empty: { tone: 'quiet', Icon: CircleSlash },
  unused: { tone: 'quiet', Icon: Unplug },
}

const off = { tone: 'quiet', Icon: Power } as const

/** What a test found as a whole, in one word with its sign; of one that a person turned off, that. */
export function TestStateChip({ state, disabled = false }: { state: TestState; disabled?: boolean }) {
  const { tone, Icon } = disabled ? off : states[state]
  return (
    <span data-state={state}>
      <Chip tone={tone} icon={<Icon size={13} aria-hidden />}>
        {disabled ? t('tests.lifecycle.disabled') : t(`tests.state.${state}`)}
      </Chip>
    </span>
  )
}

const grave: Record<TestSeverity, string> = {
  critical: 'font-medium text-bad', high: 'font-medium', medium: '', low: 'text-muted', info: 'text-muted',
}

/** How serious it is when an item fails. */
export const SeverityWord = ({ severity }: { severity: TestSeverity }) => <span className={grave[severity]}>{t(`tests.severity.${severity}`)}</span>

const outcomes: Record<TestOutcome, { colour: string; Icon: LucideIcon }> = {
  pass: { colour: 'text-ok', Icon: CircleCheck },
  fail: { colour: 'text-bad', Icon: CircleX },
  unknown: { colour: 'text-warn', Icon: CircleHelp },
  excluded: { colour: 'text-muted', Icon: CircleSlash },
  not_applicable: { colour: 'text-muted', Icon: CircleSlash },
}

/** What a test found for one item. */
export function OutcomeWord({ outcome }: { outcome: TestOutcome }) {
  const { colour, Icon } = outcomes[outcome]
  return (
    <span className={cx('inline-flex items-center gap-1.5 whitespace-nowrap', colour)} data-outcome={outcome}>
      <Icon size={14} aria-hidden />
      {t(`tests.outcome.${outcome}`)}
    </span>
  )
}
