import type { ConnectionItem } from '@/api/types'
import type { Url } from '@/ui/useUrl'
import { t } from '@/words'
import { csv } from '@/lib/csv'
import { stateOf } from '@/lib/words'
import { facetNames, filterOf } from './address'
import { titlesOf } from './Toolbar'

/** The list of the address as a file of the agent: every page of it, with the filter at its head. */
export function exportOf(url: Url, titles: ReadonlyMap<string, string>, rows: number) {
  const q = url.one('q').trim()
  const { health, reason, category, owner, connector, needs, order } = filterOf(url, q)
  const titleOf = titlesOf(titles)
  return {
    list: 'connections' as const,
    filter: {
      ...(q && { q }), ...(health?.length && { health }), ...(reason?.length && { reason }), ...(category?.length && { category }),
      ...(owner?.length && { owner }), ...(connector && { connector }), ...(needs && { needs }), order: order === 'newest' ? ('newest' as const) : ('urgent' as const),
    },
    conditions: [
      ...(needs ? [t('connections.needs_you_only')] : []),
      ...(q ? [t('record.searchFor', { text: q })] : []),
      ...facetNames.flatMap((name) => url.all(name).map((value) => `${t(`connections.facet_${name}`)}: ${titleOf(name, value)}`)),
      ...(connector ? [`${t('connections.facet_connector')}: ${connector}`] : []),
    ],
    rows,
  }
}

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
