import type { UseQueryResult } from '@tanstack/react-query'
import { useDeferredValue, useEffect } from 'react'
import { asProblem } from '@/api/problem'
import type { Connector } from '@/api/types'
import { countByCategory, groupByCategory, matches } from '@/lib/facets'
import { plural } from '@/lib/numbers'
import { announce } from '@/ui/Announce'
import { Button } from '@/ui/Button'
import { SearchBox } from '@/ui/SearchBox'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useUrl } from '@/ui/useUrl'
import { CategoryFacets } from './CategoryFacets'
import { ConnectorCard } from './ConnectorCard'
import { useCategories } from './queries'

export function AvailableTab({ connectors }: { connectors: UseQueryResult<Connector[]> }) {
  const categories = useCategories()
  const url = useUrl()
  const [q, category] = [url.one('q'), url.one('category')]
  const asked = useDeferredValue(q)
  const order = categories.data ?? []
  const titles = new Map(order.map((c) => [c.id, c.title]))
  const found = (connectors.data ?? []).filter((c) => matches(c, asked, titles))
  const shown = category ? found.filter((c) => c.categories.includes(category)) : found
  const groups = groupByCategory(shown, category ? [category] : order.map((c) => c.id))

  useEffect(() => {
    if (asked || category) announce(`${plural(shown.length, 'connector')} shown`)
  }, [asked, category, shown.length])

  if (connectors.isPending || categories.isPending) return <SkeletonRows rows={6} label="Loading connectors" />
  if (!connectors.data) {
    return <ErrorState what="Connectors could not be loaded" problem={asProblem(connectors.error)} onRetry={() => void connectors.refetch()} />
  }
  return (
    <div className="gap-8 md:flex">
      <CategoryFacets categories={order} counts={countByCategory(found)} total={found.length} value={category} onChange={(value) => url.set({ category: value })} />
      <div className="min-w-0 flex-1">
        <SearchBox label="Search connectors" value={q} onChange={(value) => url.set({ q: value }, 'typing')} />
        {groups.map(([id, group]) => (
          <section key={id} aria-labelledby={`category-${id}`} className="mt-6">
            <h2 id={`category-${id}`} className="text-sm font-semibold">
              {titles.get(id) ?? 'Other'}
            </h2>
            <ul className="mt-2 divide-y divide-line rounded-lg border border-line bg-panel">
              {group.map((connector) => (
                <ConnectorCard key={connector.id} connector={connector} titles={titles} />
              ))}
            </ul>
          </section>
        ))}
        {shown.length === 0 && <NothingFound any={connectors.data.length > 0} category={asked ? '' : (titles.get(category) ?? '')} onClear={() => url.set({ q: '', category: '' })} />}
      </div>
    </div>
  )
}

function NothingFound({ any, category, onClear }: { any: boolean; category: string; onClear: () => void }) {
  if (any && category) {
    return (
      <EmptyState title={`No connector for ${category} is installed`} action={<Button onClick={onClear}>Show all connectors</Button>}>
        An export of the system can be read with the CSV connector. To read the system itself, start a connector of your own with{' '}
        <code className="font-mono text-xs">plumbline connector new</code>.
      </EmptyState>
    )
  }
  if (any) {
    return (
      <EmptyState title="No connector matches" action={<Button onClick={onClear}>Clear the filters</Button>}>
        Connectors are found by name, vendor, category, permission and the data they read.
      </EmptyState>
    )
  }
  return (
    <EmptyState title="No connectors are installed">
      A connector is a program in the connectors folder. <code className="font-mono text-xs">plumbline doctor</code> shows where Plumbline looks.
    </EmptyState>
  )
}
