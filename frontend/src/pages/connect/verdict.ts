import type { Check, Probe } from '@/api/types'
import { plural } from '@/lib/numbers'

export interface CheckVerdict {
  state: 'running' | 'ok' | 'warning' | 'failed'
  title: string
}

/** States that leave a check passed and that the person who saves has to know of. */
const doubtful = new Set<string>(['missing', 'too_broad', 'failed', 'warning'])

const isWarning = (probe: Probe) => doubtful.has(probe.state)

/** A check in one line. One that passed with something left open says how much. */
export function verdictOf(check: Check): CheckVerdict {
  if (check.status === 'running') return { state: 'running', title: 'Checking' }
  if (check.status === 'failed') return { state: 'failed', title: 'The check failed' }
  const warnings = check.probes.filter(isWarning).length
  if (warnings > 0) return { state: 'warning', title: `The check passed with ${plural(warnings, 'warning')}` }
  return { state: 'ok', title: 'The check passed' }
}
