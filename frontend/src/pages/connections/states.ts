import type { StatusCounts } from '@/api/types'

type Counts = Pick<StatusCounts, 'healthy' | 'unhealthy' | 'unknown' | 'paused'>

/** How many connections there are. */
export const totalOf = (counts: Counts) => counts.healthy + counts.unhealthy + counts.unknown + counts.paused
