import type { Check, Probe } from '@/api/types'
import { t } from '@/words'

export interface CheckVerdict {
  state: 'running' | 'ok' | 'warning' | 'failed'
  title: string
  /** The same in a word or two. */
  short: string
}

/** States that leave a check passed and that the person who saves has to know of. */
const doubtful = new Set<string>(['missing', 'too_broad', 'failed', 'warning'])

const isWarning = (probe: Probe) => doubtful.has(probe.state)

/** A check in one line. One that passed with something left open says how much. */
export function verdictOf(check: Check): CheckVerdict {
  if (check.status === 'running') return { state: 'running', title: t('connect.check.running'), short: t('connect.check.running') }
  if (check.status === 'failed') return { state: 'failed', title: t('connect.check.failed'), short: t('connect.stages.failed') }
  const warnings = check.probes.filter(isWarning).length
  if (warnings > 0) {
    return { state: 'warning', title: t('connect.check.warnings', { count: warnings }), short: t('connect.stages.warnings', { count: warnings }) }
  }
  return { state: 'ok', title: t('connect.check.passed'), short: t('connect.stages.passed') }
}

/** Whether a credential may do more than is needed: reading needs no right to write. */
export const tooBroad = (check: Check | undefined): Probe[] => check?.probes.filter((p) => p.state === 'too_broad') ?? []
