import type { Problem } from '@/api/types'

/** Says of a check or a save that got no answer what is known of it; any other problem says so itself. */
export function afterSilence(problem: Problem, doing: 'check' | 'save'): Problem {
  if (problem.code !== 'agent.unreachable') return problem
  if (doing === 'check') {
    return {
      ...problem,
      message: 'Plumbline did not answer, so nothing was checked and nothing was saved.',
      remedy: 'What you entered is still here. Start the agent with `plumbline agent`, then try again.',
    }
  }
  return {
    ...problem,
    message: 'Plumbline did not answer, so it is not certain that this was saved.',
    remedy: 'What you entered is still here. Start the agent with `plumbline agent`, then save again: the same alias is never stored twice.',
  }
}
