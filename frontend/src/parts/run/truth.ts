import type { Run, Step } from '@/api/types'
import { zonedTime } from '@/lib/time'
import { t } from '@/words'

/** What became of records in a run, over all its steps. */
export function totals(run: Run) {
  const sum = (field: 'read' | 'added' | 'changed' | 'removed') => run.steps.reduce((total, step) => total + step[field], 0)
  return { read: sum('read'), added: sum('added'), changed: sum('changed'), removed: sum('removed') }
}

/** What is known of a run that did not come to its own end; '' for any other. */
export function knownWords(run: Run): string {
  const { added, changed } = totals(run)
  const stored = t('run.known.stored', { count: added + changed })
  if (run.status === 'cancelled') return `${t('run.known.cancelled')} ${stored}`
  if (run.status === 'interrupted') return `${run.finished_at ? t('run.known.alive', { at: zonedTime(run.finished_at) }) : ''} ${stored}`.trim()
  return ''
}

/** Where a step stands. One that waits for a person to confirm removals is held, which the host says with a number. */
export const stateOfStep = (step: Step): string => (step.held && step.status === 'partial' ? 'held' : step.status)

/** The step before this one that ended with the very same error: it has been said there. */
export function sameAs(step: Step, run: Run): Step | undefined {
  const { error } = step
  if (!error || step.gaps.length > 0) return undefined
  const same = ({ error: other }: Step) => other?.code === error.code && other.message === error.message && other.remedy === error.remedy
  return run.steps.slice(0, run.steps.indexOf(step)).find(same)
}

/** A step that ended with the run's own error shows it where it happened; once is enough. */
export const saidByStep = ({ error, steps }: Run) => steps.some((step) => step.error?.code === error?.code && step.error?.message === error?.message)

/** Why something like this happens, by the family of its code; '' for a code that is not known. */
export function causeOf(code: string): string {
  const family = families.find(([start]) => code.startsWith(start))
  return family ? t(`run.cause.${family[1]}`) : ''
}

const families = [
  ['auth.', 'auth'],
  ['permission.licence', 'licence'],
  ['permission.', 'permission'],
  ['rate.', 'rate'],
  ['notfound.endpoint', 'address'],
  ['network.denied', 'denied'],
  ['network.tls', 'tls'],
  ['network.', 'network'],
  ['upstream.', 'upstream'],
  ['schema.', 'schema'],
  ['cursor.', 'cursor'],
  ['config.', 'config'],
  ['limit.record_too_large', 'large'],
  ['limit.', 'limit'],
  ['internal.', 'internal'],
  ['protocol.', 'internal'],
] as const
