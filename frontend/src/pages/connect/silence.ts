import type { Problem } from '@/api/types'
import { t } from '@/words'

/** Says of a check or a save that got no answer what is known of it; any other problem says so itself. */
export function afterSilence(problem: Problem, doing: 'check' | 'save'): Problem {
  if (problem.code !== 'agent.unreachable') return problem
  if (doing === 'check') return { ...problem, message: t('connect.silence.check'), remedy: t('connect.silence.check_remedy') }
  return { ...problem, message: t('connect.silence.save'), remedy: t('connect.silence.save_remedy') }
}
