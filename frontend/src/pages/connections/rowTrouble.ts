import type { ConnectionStatus } from '@/api/types'
import { statement } from '@/lib/words'

export interface RowTrouble {
  step: string
  message: string
  remedy: string
}

/** The one line under an unhealthy row: which step, what it met, what to do. */
export function rowTrouble(connection: Pick<ConnectionStatus, 'health' | 'paused' | 'explanation' | 'remedy' | 'failing_steps' | 'last_run'>): RowTrouble | undefined {
  if (connection.paused?.by === 'host') return { step: 'Paused', message: statement(connection.paused.reason), remedy: connection.paused.remedy ?? '' }
  if (connection.health !== 'unhealthy') return undefined
  const failing = connection.last_run?.steps.find((step) => connection.failing_steps.includes(step.name))
  const problem = failing?.error ?? failing?.gaps[0]?.error ?? connection.last_run?.error
  return {
    step: failing?.title ?? '',
    message: statement(problem?.message ?? connection.explanation),
    remedy: problem?.remedy ?? connection.remedy ?? '',
  }
}
