import { useCallback, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { asProblem } from '@/api/problem'
import type { ChangePage, ChangeSummary, HistoryQuery, RecordChange } from '@/api/records'
import { peeked, peekOf } from '@/lib/paths'
import { zonedTime } from '@/lib/time'
import { kindWord } from '@/lib/words'
import { Diff } from '@/parts/record/Diff'
import { RecordPanel } from '@/parts/record/RecordPanel'
import { ChangeWord } from '@/parts/record/Versions'
import { Button } from '@/ui/Button'
import type { Slice } from '@/ui/grid/geometry'
import { Grid, type GridColumn, type GridHandle, type Opening } from '@/ui/grid/Grid'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { useHistory } from './queries'
import type { ChangesState } from './state'
import { whatChanged } from './words'

interface Props {
  query: HistoryQuery
  state: ChangesState
  summary: ChangeSummary | undefined
  onClear: () => void
}

const refOf = (change: RecordChange) => peekOf({ connection: change.alias, stream: change.stream, key: change.key }, change.at)

/** The changes, newest first. A row opens the record as it was then, with what differs. */
export function ChangeList({ query, state, summary, onClear }: Props) {
  const history = useHistory(query)
  const { one, set } = useUrl()
  const pages = history.data?.pages
  const changes = useMemo(() => pages?.flatMap((page) => page.items) ?? [], [pages])
  const grid = useRef<GridHandle>(null)
  const box = useRef<HTMLDivElement>(null)
  const [focus, setFocus] = useState(0)
  const peek = one('peek')
  const ref = peeked(peek)
  const at = peek ? changes.findIndex((change) => refOf(change) === peek) : -1
  const opened = at < 0 ? undefined : at
  const show = (index: number) => {
    const change = changes[index]
    // Going on to another change is no step to go back to.
    if (change) set({ peek: refOf(change) }, peek ? 'typing' : 'choosing')
  }
  const latest = useRef(show)
  useLayoutEffect(() => {
    latest.current = show
  })
  const onOpen = useCallback((index: number, how: Opening) => {
    latest.current(index)
    if (how === 'enter') setFocus((n) => n + 1)
  }, [])
  const { hasNextPage, isFetching, isError, fetchNextPage } = history
  const loaded = changes.length
  const onRange = useCallback(
    ({ end }: Slice) => {
      if (end >= loaded && hasNextPage && !isFetching && !isError) void fetchNextPage()
    },
    [fetchNextPage, hasNextPage, isError, isFetching, loaded],
  )
  const close = () => {
    set({ peek: '' })
    if (opened !== undefined) grid.current?.focusRow(opened)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || !ref || !box.current?.contains(event.target as Node)) return
    event.preventDefault()
    close()
  }
  const cell = useCallback((change: RecordChange, column: string) => <Cell change={change} column={column} />, [])
  const rowAt = useCallback((index: number) => changes[index], [changes])

  if (history.isPending) return <SkeletonRows rows={8} label={t('changes.loading')} />
  if (isError && loaded === 0) return <ErrorState what={t('changes.failed')} problem={asProblem(history.error)} onRetry={() => void history.refetch()} />
  if (loaded === 0 && hasNextPage) return <Searching page={pages?.at(-1)} busy={isFetching} onMore={() => void fetchNextPage()} />
  if (loaded === 0) return <Nothing page={pages?.[0]} state={state} onClear={onClear} />
  const change = opened === undefined ? undefined : changes[opened]
  return (
    <div ref={box} className="flex min-h-0 flex-1" onKeyDown={onKeyDown}>
      <div className="flex min-w-0 flex-1 flex-col">
        <Grid
          handle={grid}
          label={t('changes.list')}
          hint={t('record.listHint')}
          list={JSON.stringify(query)}
          columns={columnsFor(state)}
          count={loaded}
          rowAt={rowAt}
          cell={cell}
          onRange={onRange}
          onOpen={onOpen}
          onMove={(index) => peek && show(index)}
          opened={opened}
        />
        <Foot loaded={loaded} all={totalOf(summary, state)} more={hasNextPage} busy={isFetching} failed={isError} page={pages?.at(-1)} onMore={() => void fetchNextPage()} />
      </div>
      {ref && (
        <RecordPanel
          of={ref}
          on={ref.at}
          focus={focus}
          onClose={close}
          onPrevious={opened !== undefined && opened > 0 ? () => show(opened - 1) : undefined}
          onNext={opened !== undefined && opened + 1 < loaded ? () => show(opened + 1) : undefined}
          lead={change?.change === 'changed' && <ThisChange change={change} />}
        />
      )}
    </div>
  )
}

function ThisChange({ change }: { change: RecordChange }) {
  return (
    <section aria-label={t('changes.thisChange')} className="mb-5">
      <h3 className="text-sm font-semibold">{t('changes.thisChange')}</h3>
      <Diff diffs={change.diff ?? []} cut={change.diff_cut} lost={change.diff_lost} />
    </section>
  )
}

/** How many changes the list has in all, where that was counted. */
function totalOf(summary: ChangeSummary | undefined, state: ChangesState): number | undefined {
  if (!summary || state.q) return undefined
  return state.change ? summary[state.change] : summary.added + summary.changed + summary.removed
}

const columnsFor = (state: ChangesState): GridColumn[] => [
  { id: 'title', title: t('changes.record'), width: 180, grow: 2 },
  { id: 'change', title: t('changes.change'), width: 116, grow: 0 },
  { id: 'what', title: t('changes.what'), width: 260, grow: 5 },
  { id: 'kind', title: t('changes.kind'), width: 110, grow: 1 },
  ...(state.connection ? [] : [{ id: 'connection', title: t('record.connection'), width: 120, grow: 1 }]),
  { id: 'at', title: t('changes.when'), width: 120, grow: 1, right: true },
]

function Cell({ change, column }: { change: RecordChange; column: string }) {
  switch (column) {
    case 'title':
      return (
        <span className="font-medium">
          <Text>{change.title.slice(0, 200)}</Text>
        </span>
      )
    case 'change':
      return <ChangeWord change={change.change} />
    case 'what':
      return <Text>{whatChanged(change)}</Text>
    case 'kind':
      return <span className="text-muted">{kindWord(change.record_kind)}</span>
    case 'connection':
      return change.alias
    default:
      return <Time at={change.at} className="text-muted" />
  }
}

interface FootProps {
  loaded: number
  all: number | undefined
  more: boolean
  busy: boolean
  failed: boolean
  page: ChangePage | undefined
  onMore: () => void
}

function Foot({ loaded, all, more, busy, failed, page, onMore }: FootProps) {
  return (
    <div className="flex min-h-9 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-t border-line px-4 py-1 text-xs text-muted">
      <span role="status">
        {all !== undefined && all > loaded ? t('changes.shownOf', { count: loaded, all }) : t('changes.shown', { count: loaded })}
        {more && page?.searched_to && ` · ${t('changes.searchedTo', { moment: zonedTime(page.searched_to) })}`}
      </span>
      {failed && <span role="alert">{t('changes.moreFailed')}</span>}
      {more && (
        <Button size="sm" look="ghost" asksAgent busy={busy} onClick={onMore}>
          {failed ? t('common.retry') : t('changes.more')}
        </Button>
      )}
    </div>
  )
}

/** A search has found nothing yet, and goes on when it is asked to. */
function Searching({ page, busy, onMore }: { page: ChangePage | undefined; busy: boolean; onMore: () => void }) {
  return (
    <EmptyState
      title={t('changes.noneYet')}
      action={
        <Button asksAgent busy={busy} onClick={onMore}>
          {t('changes.searchOn')}
        </Button>
      }
    >
      {page?.searched_to && t('changes.searchedTo', { moment: zonedTime(page.searched_to) })}
    </EmptyState>
  )
}

function Nothing({ page, state, onClear }: { page: ChangePage | undefined; state: ChangesState; onClear: () => void }) {
  if (page?.explanation) {
    return (
      <EmptyState title={page.first_read_at ? t('record.nothingBefore', { moment: zonedTime(page.first_read_at) }) : t('changes.nothingRead')}>
        {page.first_read_at ? t('changes.notKnown') : t('changes.nothingReadWhy')}
      </EmptyState>
    )
  }
  const filtered = Boolean(state.q || state.change || state.connection || state.stream)
  if (filtered) {
    return (
      <EmptyState title={t('record.noMatch')} action={<Button onClick={onClear}>{t('record.clear')}</Button>}>
        {t('changes.noneLike')}
      </EmptyState>
    )
  }
  return <EmptyState title={t('changes.nothing')}>{state.run ? t('changes.nothingInRun') : t('changes.nothingInPeriod')}</EmptyState>
}
