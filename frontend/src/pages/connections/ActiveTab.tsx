import type { UseQueryResult } from '@tanstack/react-query'
import { useEffect } from 'react'
import { asProblem } from '@/api/problem'
import type { ConnectionPage, Status } from '@/api/types'
import { ExportButton } from '@/parts/export/ExportButton'
import { announce } from '@/ui/Announce'
import { Button } from '@/ui/Button'
import { Pager } from '@/ui/Pager'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useDebounced } from '@/ui/useDebounced'
import { useUrl, type Url } from '@/ui/useUrl'
import { t } from '@/words'
import { cleared, filterOf, isFiltered } from './address'
import { ConnectionList } from './ConnectionList'
import { exportOf } from './exported'
import { FirstConnection } from './FirstConnection'
import { useConnections, useTitles } from './queries'
import { totalOf } from './states'
import { ListControls, Toolbar } from './Toolbar'

export function ActiveTab({ status }: { status: UseQueryResult<Status> }) {
  if (status.isPending) return <SkeletonRows rows={5} label={t('connections.loading')} />
  if (!status.data) return <ErrorState what={t('connections.failed')} problem={asProblem(status.error)} onRetry={() => void status.refetch()} />
  if (totalOf(status.data.counts) === 0) return <FirstConnection />
  return <Connections />
}

function Connections() {
  const url = useUrl()
  const titles = useTitles()
  const words = useDebounced(url.one('q').trim(), 150)
  const filter = filterOf(url, words)
  const query = useConnections(filter)
  const filtered = isFiltered(url)
  const found = query.data?.matched

  useEffect(() => {
    if (filtered && found !== undefined) announce(t('connections.found', { count: found }))
  }, [found, filtered])

  return (
    <>
      <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <Summary url={url} page={query.data} />
        <div className="flex flex-wrap items-center gap-2">
          <ListControls url={url} />
          {found !== undefined && found > 0 && <ExportButton {...exportOf(url, titles, found)} />}
        </div>
      </div>
      <Toolbar url={url} page={query.data} titles={titles} />
      <div className="mt-3">
        <Page query={query} url={url} filter={filter} titles={titles} />
      </div>
    </>
  )
}

/** One sentence on top: how many need a person, and the way to them. */
function Summary({ url, page }: { url: Url; page: ConnectionPage | undefined }) {
  if (!page) return <p className="h-6" />
  const { needs_you: needs, total } = page
  const only = url.one('needs') === 'you'
  return (
    <p className="text-base">
      {needs === 0 ? (
        <span className="font-medium">{t('connections.none_needs_you')}</span>
      ) : (
        <button
          type="button"
          aria-pressed={only}
          onClick={() => url.set({ ...cleared, needs: only ? '' : 'you' })}
          className="font-semibold text-bad underline decoration-1 underline-offset-3 hover:decoration-2"
        >
          {t('connections.needs_you', { count: needs })}
        </button>
      )}{' '}
      <span className="text-muted">{needs > 0 && t('connections.of_all', { count: total })}</span>
    </p>
  )
}

interface PageProps {
  query: ReturnType<typeof useConnections>
  url: Url
  filter: ReturnType<typeof filterOf>
  titles: ReadonlyMap<string, string>
}

function Page({ query, url, filter, titles }: PageProps) {
  if (query.isPending) return <SkeletonRows rows={5} label={t('connections.loading')} />
  if (!query.data) return <ErrorState what={t('connections.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  const { items, before, matched, next_cursor: next, previous_cursor: previous } = query.data
  const go = (after: string) => {
    url.set({ after })
    window.scrollTo({ top: 0 })
  }
  if (matched === 0 && !query.isPlaceholderData) {
    return (
      <EmptyState title={t('connections.nothing_title')} action={<Button onClick={() => url.set(cleared)}>{t('connections.clear')}</Button>}>
        {t('connections.nothing')}
      </EmptyState>
    )
  }
  return (
    <>
      <ConnectionList page={query.data} at={query.dataUpdatedAt} isPlaceholder={query.isPlaceholderData} isFetching={query.isFetching} filter={filter} url={url} titles={titles} />
      <Pager
        label={t('connections.pages')}
        before={before}
        shown={items.length}
        total={matched}
        onPrevious={previous === undefined ? undefined : () => go(previous)}
        onNext={next ? () => go(next) : undefined}
      />
    </>
  )
}
