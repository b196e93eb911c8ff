import type { UseQueryResult } from '@tanstack/react-query'
import { useDeferredValue, useEffect, type ReactNode } from 'react'
import { useDescribing } from '@/api/host'
import { asProblem } from '@/api/problem'
import type { Connector } from '@/api/types'
import { countByCategory, groupByCategory } from '@/lib/facets'
import { findConnectors } from '@/lib/findConnector'
import { Describing } from '@/parts/Describing'
import { EmptyWays } from '@/parts/EmptyWays'
import { announce } from '@/ui/Announce'
import { Button } from '@/ui/Button'
import { SearchBox } from '@/ui/SearchBox'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { CategoryFacets } from './CategoryFacets'
import { ConnectorCard } from './ConnectorCard'
import { useCategories } from './queries'
import { Recommended } from './Recommended'
import { popular } from './recommended'

export function AvailableTab({ connectors }: { connectors: UseQueryResult<Connector[]> }) {
  const categories = useCategories()
  const describing = useDescribing()
  if (connectors.isPending || categories.isPending) return <SkeletonRows rows={6} label={t('available.loading')} />
  if (!connectors.data) return <ErrorState what={t('available.failed')} problem={asProblem(connectors.error)} onRetry={() => void connectors.refetch()} />
  if (connectors.data.length === 0 && describing > 0) return <SkeletonRows rows={6} label={t('available.loading')} />
  if (connectors.data.length === 0) {
    return (
      <EmptyState title={t('available.empty_none')}>
        <Sentence>{t('available.empty_none_lead')}</Sentence>
      </EmptyState>
    )
  }
  return <Catalogue connectors={connectors.data} categories={categories.data ?? []} />
}

function Catalogue({ connectors, categories }: { connectors: Connector[]; categories: { id: string; title: string }[] }) {
  const url = useUrl()
  const [q, category] = [url.one('q'), url.one('category')]
  const asked = useDeferredValue(q)
  const titles = new Map(categories.map((c) => [c.id, c.title]))
  const found = findConnectors(connectors, asked, titles)
  const shown = category ? found.filter((c) => c.categories.includes(category)) : found
  const narrowed = asked.trim() !== '' || category !== ''

  useEffect(() => {
    if (narrowed) announce(t('available.shown', { count: shown.length }))
  }, [narrowed, shown.length])

  return (
    <div className="gap-8 md:flex">
      <CategoryFacets
        categories={categories as Parameters<typeof CategoryFacets>[0]['categories']}
        counts={countByCategory(found)}
        total={found.length}
        value={category}
        onChange={(value) => url.set({ category: value })}
      />
      <div className="min-w-0 flex-1">
        <div title={t('available.search_hint')}>
          <SearchBox label={t('available.search')} value={q} onChange={(value) => url.set({ q: value }, 'typing')} />
        </div>
        <Describing className="mt-3" />
        {narrowed ? (
          <Found shown={shown} query={asked} title={titles.get(category)} titles={titles} onClear={() => url.set({ q: '', category: '' })} />
        ) : (
          <Everything connectors={connectors} order={categories.map((c) => c.id)} titles={titles} />
        )}
      </div>
    </div>
  )
}

type Titles = ReadonlyMap<string, string>

function Cards({ connectors, titles }: { connectors: Connector[]; titles: Titles }) {
  return (
    <ul className="mt-2 grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
      {connectors.map((connector) => (
        <ConnectorCard key={connector.id} connector={connector} titles={titles} />
      ))}
    </ul>
  )
}

function Group({ id, title, children }: { id: string; title: ReactNode; children: ReactNode }) {
  return (
    <section aria-labelledby={`group-${id}`} className="mt-7">
      <h2 id={`group-${id}`} className="text-sm font-semibold">
        {title}
      </h2>
      {children}
    </section>
  )
}

/** Nothing is searched for: what to connect next, what most people connect, and all there is. */
function Everything({ connectors, order, titles }: { connectors: Connector[]; order: string[]; titles: Titles }) {
  const liked = popular.map((id) => connectors.find((c) => c.id === id && !c.problem)).filter((c) => c !== undefined)
  return (
    <>
      <Recommended connectors={connectors} />
      {liked.length > 0 && (
        <Group id="popular" title={t('available.popular')}>
          <Cards connectors={liked} titles={titles} />
        </Group>
      )}
      {groupByCategory(connectors, order).map(([id, group]) => (
        <Group key={id} id={`category-${id}`} title={titles.get(id) ?? t('available.other')}>
          <Cards connectors={group} titles={titles} />
        </Group>
      ))}
      <Group id="ways" title={t('available.not_here')}>
        <div className="mt-2">
          <EmptyWays />
        </div>
      </Group>
    </>
  )
}

interface FoundProps {
  shown: Connector[]
  query: string
  /** Of the category that is chosen. */
  title: string | undefined
  titles: Titles
  onClear: () => void
}

/** What fits, best first; where nothing does, what can be done instead. */
function Found({ shown, query, title, titles, onClear }: FoundProps) {
  if (shown.length === 0) {
    const words = query.trim()
    return (
      <div className="mx-auto max-w-3xl py-12 text-center">
        <h2 className="text-base font-semibold">
          {words ? <Text>{t('available.empty_search', { query: words })}</Text> : t('available.empty_category', { category: title })}
        </h2>
        <p className="mt-1 mb-5 text-muted">{t('available.empty_lead')}</p>
        <EmptyWays />
        <Button className="mt-5" onClick={onClear}>
          {t('available.clear')}
        </Button>
      </div>
    )
  }
  return (
    <>
      <Group id="found" title={title && !query.trim() ? title : t('available.results')}>
        <Cards connectors={shown} titles={titles} />
      </Group>
      <Group id="ways" title={t('available.not_here')}>
        <div className="mt-2">
          <EmptyWays />
        </div>
      </Group>
    </>
  )
}
