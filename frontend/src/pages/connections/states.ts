import type { StatusCounts } from '@/api/types'
import { plural } from '@/lib/numbers'
import { sentence } from '@/lib/words'

type Counts = Pick<StatusCounts, 'healthy' | 'unhealthy' | 'unknown' | 'paused'>

/** How many connections there are. */
export const totalOf = (counts: Counts) => counts.healthy + counts.unhealthy + counts.unknown + counts.paused

/** What to filter by. Unknown and Paused are offered only while something is. */
export function segmentsOf(counts: Counts): { value: string; title: string; count: number }[] {
  const rare = (['unknown', 'paused'] as const).filter((state) => counts[state] > 0)
  return [
    { value: '', title: 'All', count: totalOf(counts) },
    ...(['healthy', 'unhealthy', ...rare] as const).map((state) => ({ value: state, title: sentence(state), count: counts[state] })),
  ]
}

/** How many are in trouble, in a sentence. */
export const summaryOf = ({ unhealthy }: Counts) =>
  unhealthy === 0 ? '' : `${plural(unhealthy, 'connection needs', 'connections need')} attention.`
