import type { ConnectionStatus } from '@/api/types'
import { plural } from '@/lib/numbers'
import { sentence, stateOf } from '@/lib/words'

type Subject = Pick<ConnectionStatus, 'alias' | 'health' | 'reason'>

/** What to filter by. Unknown and Paused are offered only while something is. */
export function segmentsOf(all: readonly Subject[]): { value: string; title: string; count: number }[] {
  const count = (state: string) => all.filter((c) => stateOf(c) === state).length
  const rare = ['unknown', 'paused'].filter((state) => count(state) > 0)
  return [
    { value: '', title: 'All', count: all.length },
    ...['healthy', 'unhealthy', ...rare].map((state) => ({ value: state, title: sentence(state), count: count(state) })),
  ]
}

/** How many are in trouble, in a sentence. */
export function summaryOf(all: readonly Subject[]): string {
  const unhealthy = all.filter((c) => stateOf(c) === 'unhealthy').length
  return unhealthy === 0 ? '' : `${plural(unhealthy, 'connection needs', 'connections need')} attention.`
}

const ranks = ['unhealthy', 'unknown', 'healthy', 'paused']

/** Those in trouble first, then by name. */
export function byUrgency(a: Subject, b: Subject): number {
  return ranks.indexOf(stateOf(a)) - ranks.indexOf(stateOf(b)) || a.alias.localeCompare(b.alias)
}
