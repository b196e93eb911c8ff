import { editConnection, pauseConnection, resumeConnection, syncConnection } from '@/api/endpoints'
import type { ConnectionItem } from '@/api/types'

/** What can be done to several connections at once. */
export type BulkAction =
  | { kind: 'sync' | 'pause' | 'resume' }
  | { kind: 'schedule'; schedule: string }
  | { kind: 'owner'; owner: string }
export type BulkKind = BulkAction['kind']

/** Why a connection is left alone. */
export type Why = 'syncing' | 'paused' | 'running' | 'same'

export interface Plan {
  will: ConnectionItem[]
  not: { item: ConnectionItem; why: Why }[]
}

/** What an action would do: whom it concerns, and whom it leaves alone and why. */
export function planOf(action: BulkAction, items: readonly ConnectionItem[]): Plan {
  const plan: Plan = { will: [], not: [] }
  for (const item of items) {
    const why = whyNot(action, item)
    if (why) plan.not.push({ item, why })
    else plan.will.push(item)
  }
  return plan
}

function whyNot(action: BulkAction, item: ConnectionItem): Why | undefined {
  switch (action.kind) {
    case 'sync':
      return item.activity === 'idle' ? undefined : 'syncing'
    case 'pause':
      return item.paused ? 'paused' : undefined
    case 'resume':
      return item.paused ? undefined : 'running'
    case 'schedule':
      return item.schedule === action.schedule ? 'same' : undefined
    default:
      return (item.owner ?? '') === action.owner ? 'same' : undefined
  }
}

/** Does an action to one connection. It answers how to undo it; undefined when it cannot be undone. */
export async function act(action: BulkAction, item: ConnectionItem): Promise<(() => Promise<unknown>) | undefined> {
  switch (action.kind) {
    case 'sync':
      await syncConnection(item.id)
      return undefined
    case 'pause':
      await pauseConnection(item.id)
      return () => resumeConnection(item.id)
    case 'resume':
      await resumeConnection(item.id)
      return () => pauseConnection(item.id)
    case 'schedule': {
      const { revision } = await editConnection(item.id, { schedule: action.schedule })
      return () => editConnection(item.id, { schedule: item.schedule }, revision)
    }
    default: {
      const { revision } = await editConnection(item.id, { owner: action.owner })
      return () => editConnection(item.id, { owner: item.owner ?? '' }, revision)
    }
  }
}
