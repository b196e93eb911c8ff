import type { ConnectionFilter } from '@/api/endpoints'
import type { ConnectionItem } from '@/api/types'
import { stateOf } from '@/lib/words'
import type { Url } from '@/ui/useUrl'

/** The facets of the list, which are parameters of its address and of the API alike. */
export const facetNames = ['health', 'reason', 'category', 'owner'] as const
export type FacetName = (typeof facetNames)[number]

export const healths = ['healthy', 'unhealthy', 'paused', 'unknown'] as const
const reasons = ['on_time', 'late', 'degraded', 'failing', 'action_required', 'paused', 'draft'] as const
export const groupings = ['health', 'reason', 'category', 'owner'] as const
export type Grouping = (typeof groupings)[number]

const columns = ['alias', 'connector', 'category', 'owner', 'last_success', 'next_run', 'records', 'urgent'] as const
export type Column = (typeof columns)[number]
export const orders = ['newest', ...columns, ...columns.map((c) => `-${c}` as const)] as const
export type Order = (typeof orders)[number]

const oneOf = <T extends string>(known: readonly T[], value: string) => known.find((one) => one === value)
const someOf = <T extends string>(known: readonly T[], values: string[]) => values.map((value) => oneOf(known, value)).filter((v) => v !== undefined)

export const pageSize = 50

export const orderOf = (url: Url): Order => oneOf(orders, url.one('order')) ?? 'urgent'
export const groupOf = (url: Url): Grouping | undefined => oneOf(groupings, url.one('group'))

/** What the address asks the API for. A value that does not exist is left out. */
export function filterOf(url: Url, q: string): ConnectionFilter {
  return {
    q: q || undefined,
    health: someOf(healths, url.all('health')),
    reason: someOf(reasons, url.all('reason')),
    category: url.all('category'),
    owner: url.all('owner'),
    needs: url.one('needs') === 'you' ? 'you' : undefined,
    connector: url.one('connector') || undefined,
    order: orderOf(url),
    group: groupOf(url),
    cursor: url.one('after') || undefined,
    limit: pageSize,
    facets: true,
  }
}

/** What empties every filter, to be written into the address. */
export const cleared = { q: '', needs: '', connector: '', after: '', health: '', reason: '', category: '', owner: '' }

export const isFiltered = (url: Url) => Object.keys(cleared).some((name) => name !== 'after' && url.all(name).length > 0)

/** The part of an address that a view keeps: everything but the page. */
export function viewQuery(search: string): string {
  const params = new URLSearchParams(search)
  params.delete('after')
  params.sort()
  return params.toString()
}

/** The group that a connection stands in. */
export function groupValue(item: ConnectionItem, group: Grouping): string {
  switch (group) {
    case 'health':
      return stateOf(item)
    case 'reason':
      return item.reason
    case 'category':
      return item.categories[0] ?? ''
    default:
      return item.owner ?? 'none'
  }
}
