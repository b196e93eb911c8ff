import type { ConnectionItem } from '@/api/types'
import { csv } from '@/lib/csv'
import { stateOf } from '@/lib/words'

const columns = ['alias', 'connector', 'categories', 'status', 'reason', 'explanation', 'owner', 'schedule', 'records', 'last_success_at', 'next_run_at'] as const

/** Connections as a table for a spreadsheet. */
export const connectionsCsv = (items: readonly ConnectionItem[]): string =>
  csv([
    [...columns],
    ...items.map((item) => [
      item.alias, item.connector, item.categories.join(' '), stateOf(item), item.reason, item.explanation, item.owner ?? '', item.schedule,
      String(item.records), item.last_success_at ?? '', item.next_run_at ?? '',
    ]),
  ])
