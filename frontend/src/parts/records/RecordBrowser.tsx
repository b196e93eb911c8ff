import { Rows3, Table2 } from 'lucide-react'
import { useCallback, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react'
import type { RecordScope } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { Field, HostRecord, RecordPage } from '@/api/types'
import { peeked, peekOf } from '@/lib/paths'
import { zonedTime } from '@/lib/time'
import { ExportButton, type ExportOf } from '@/parts/export/ExportButton'
import { RecordPanel } from '@/parts/record/RecordPanel'
import { Button, IconButton } from '@/ui/Button'
import { Grid, type GridColumn, type GridHandle, type Opening } from '@/ui/grid/Grid'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useKept } from '@/ui/useKept'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { Cell, Observed } from './Cell'
import { Columns, useColumns } from './Columns'
import { columnsOf, inWords } from './conditions'
import { Filters } from './Filters'
import { askedMoment, momentWords, nextSort, useListState, type ListState } from './listState'
import { useFields, useRecordHead, useRows } from './queries'
import { columnTitle, RecordTable } from './RecordTable'
import { Sources } from './Sources'

interface Props {
  scope: RecordScope
  kind: string
  /** Said when there is nothing at all. */
  empty: ReactNode
  /** The list is over several connections and says which. */
  several?: boolean
}

/** Records to search, filter, sort, look back at and open. It fills the height it is given. */
export function RecordBrowser({ scope, kind, empty, several = false }: Props) {
  const [list, setList] = useListState()
  const fields = useFields(kind)
  const query = useRecordHead(scope, list)
  const [chosen] = useColumns(kind)
  const [look, keepLook] = useKept('lists')
  const head = query.data
  const known = fields.data ?? []
  const columns = useMemo(() => columnsOf(fields.data ?? [], list.sort, chosen), [chosen, fields.data, list.sort])
  return (
    <div className="flex h-full min-h-0 flex-col">
      <Filters
        fields={known}
        list={list}
        onChange={setList}
        status={head && <Status page={head} list={list} at={query.dataUpdatedAt} stale={query.isPlaceholderData} />}
      >
        <Columns kind={kind} fields={known} />
        <IconButton
          label={look === 'pages' ? t('record.asGrid') : t('record.asTable')}
          aria-pressed={look === 'pages'}
          onClick={() => keepLook(look === 'pages' ? '' : 'pages')}
        >
          {look === 'pages' ? <Rows3 size={15} aria-hidden /> : <Table2 size={15} aria-hidden />}
        </IconButton>
        {head && !head.explanation && <ExportButton {...exportOf(scope, list, known, head)} />}
      </Filters>
      {head?.sources && !head.explanation && <Sources sources={head.sources} />}
      {query.isPending || fields.isLoading ? (
        <SkeletonRows rows={8} label={t('record.loadingList')} />
      ) : !head ? (
        <ErrorState what={t('record.listFailed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : head.items.length === 0 ? (
        <Nothing page={head} list={list} empty={empty} onClear={() => setList({ q: '', where: [], on: '' })} />
      ) : (
        <Opened scope={scope} list={list} head={head} columns={columns} several={several} plain={look === 'pages'} onSort={(sort) => setList({ sort })} />
      )}
    </div>
  )
}

/** The list as it is shown, for a file. What is shown as of now is written as of the moment it was answered for. */
function exportOf(scope: RecordScope, list: ListState, fields: Field[], head: RecordPage): ExportOf {
  const now = Date.now()
  const asked = askedMoment(list.on, now)
  return {
    list: 'records',
    filter: {
      ...('kind' in scope ? { kind: scope.kind } : { connection: [scope.connection], stream: scope.stream }),
      ...(list.where.length > 0 && { where: list.where }),
      ...(list.q && { q: list.q }),
      ...(list.sort && { sort: list.sort }),
      ...(asked && { as_of: asked }),
    },
    conditions: [...(list.q ? [t('record.searchFor', { text: list.q })] : []), ...list.where.map((condition) => inWords(condition, fields))],
    moment: asked ? momentWords(list.on, now, head.as_of ?? asked) : t('record.asOf.now'),
    rows: head.matched,
    sources: head.sources,
  }
}

interface OpenedProps {
  scope: RecordScope
  list: ListState
  head: RecordPage
  columns: Field[]
  several: boolean
  plain: boolean
  onSort: (sort: string) => void
}

/** The farthest row that the agent can be asked for. */
const farthest = 1_000_000

/** The rows, and beside them the record that is open. */
function Opened({ scope, list, head, columns, several, plain, onSort }: OpenedProps) {
  const { one, set } = useUrl()
  const { rowAt, onRange, failed, retry } = useRows(scope, list, head)
  const grid = useRef<GridHandle>(null)
  const box = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<number>()
  const [focus, setFocus] = useState(0)
  const peek = peeked(one('peek'))
  const total = head.matched ?? head.items.length
  const refOf = (record: HostRecord) => ({
    connection: record.alias || ('connection' in scope ? scope.connection : (record.connection ?? '')), stream: record.stream, key: record.key,
  })
  const isOpen = (record: HostRecord | undefined) => {
    if (!record || !peek) return false
    const ref = refOf(record)
    return ref.key === peek.key && ref.stream === peek.stream && [ref.connection, record.connection].includes(peek.connection)
  }
  const opened = !peek ? undefined : at !== undefined && isOpen(rowAt(at)) ? at : found(head.items, isOpen)
  const show = (record: HostRecord | undefined, index: number) => {
    if (!record) return
    setAt(index)
    // Going on to another record is no step to go back to.
    set({ peek: peekOf(refOf(record)) }, peek ? 'typing' : 'choosing')
  }
  const latest = useRef({ show, rowAt })
  useLayoutEffect(() => {
    latest.current = { show, rowAt }
  })
  const onOpen = useCallback((index: number, how: Opening) => {
    latest.current.show(latest.current.rowAt(index), index)
    if (how === 'enter') setFocus((n) => n + 1)
  }, [])
  const close = () => {
    set({ peek: '' })
    if (opened !== undefined) grid.current?.focusRow(opened)
  }
  const step = (by: number) => {
    const to = opened === undefined ? undefined : opened + by
    return to !== undefined && rowAt(to) ? () => show(rowAt(to), to) : undefined
  }
  const onKeyDown = (event: KeyboardEvent) => {
    // What is in a pop-up closes that.
    if (event.key !== 'Escape' || event.defaultPrevented || !peek || !box.current?.contains(event.target as Node)) return
    event.preventDefault()
    close()
  }
  const gridColumns = useMemo(() => columnsFor(columns, several), [columns, several])
  const cell = useCallback((record: HostRecord, column: string) => <GridCell record={record} column={column} columns={columns} />, [columns])
  return (
    <div ref={box} className="flex min-h-0 flex-1" onKeyDown={onKeyDown}>
      <div className="flex min-w-0 flex-1 flex-col">
        {plain ? (
          <RecordTable scope={scope} list={list} head={head} columns={columns} several={several} onSort={onSort} onOpen={show} />
        ) : (
          <Grid
            handle={grid}
            label={t('record.list')}
            hint={t('record.listHint')}
            list={`${list.q} ${list.where.join(' ')} ${list.sort} ${list.on}`}
            columns={gridColumns}
            count={Math.min(total, farthest)}
            rowAt={rowAt}
            cell={cell}
            onRange={onRange}
            onOpen={onOpen}
            onMove={(index) => peek && show(rowAt(index), index)}
            opened={opened}
            sort={list.sort}
            onSort={(name) => onSort(nextSort(list.sort, name))}
          />
        )}
        {total > farthest && <p className="border-t border-line px-4 py-2 text-sm text-muted">{t('record.tooMany', { count: farthest })}</p>}
        {failed && !plain && (
          <p role="alert" className="flex items-center justify-center gap-3 border-t border-line p-2 text-sm text-muted">
            {t('record.rowsFailed')}
            <Button size="sm" asksAgent onClick={retry}>
              {t('common.retry')}
            </Button>
          </p>
        )}
      </div>
      {peek && <RecordPanel of={peek} on={peek.at || list.on} onClose={close} onPrevious={step(-1)} onNext={step(1)} focus={focus} />}
    </div>
  )
}

function found(items: HostRecord[], is: (record: HostRecord) => boolean): number | undefined {
  const at = items.findIndex(is)
  return at < 0 ? undefined : at
}

const widths: Record<string, number> = { text: 150, word: 110, time: 130, number: 100, list: 160 }

/** The fields, then where a record is from, its key, and when it was read; the first names the row. */
function columnsFor(columns: Field[], several: boolean): GridColumn[] {
  const fields = columns.map((field, i): GridColumn => {
    const long = /email|name|title/.test(field.name)
    return { id: field.name, title: columnTitle(field.name), width: i === 0 ? 180 : long ? 190 : (widths[field.type] ?? 140), grow: i === 0 || long ? 2 : 1, sortable: field.type !== 'list' }
  })
  return [
    ...fields,
    ...(several ? [{ id: '', title: t('record.connection'), width: 130 }] : []),
    { id: 'observed_at', title: columnTitle('observed_at'), width: 130, sortable: true, right: true },
  ]
}

function GridCell({ record, column, columns }: { record: HostRecord; column: string; columns: Field[] }) {
  if (column === '') return record.alias
  if (column === 'observed_at') return <Observed record={record} />
  const field = columns.find((f) => f.name === column)
  if (!field) return null
  return columns[0] === field ? (
    <span className="font-medium">
      <Cell record={record} field={field} />
    </span>
  ) : (
    <Cell record={record} field={field} />
  )
}

interface StatusProps {
  page: RecordPage
  list: ListState
  /** When it was answered. */
  at: number
  stale: boolean
}

/** How many records there were, and when. Before the first read there is no number: none was counted. */
function Status({ page, list, at, stale }: StatusProps) {
  if (page.explanation) return null
  const moment = momentWords(list.on, at, page.as_of ?? new Date(at).toISOString())
  return (
    <span role="status" className={stale ? 'text-faint' : 'text-muted'}>
      {page.matched !== undefined && t('record.count', { count: page.matched })} {moment}
      {page.scanned && ` · ${t('record.scanned')}`}
    </span>
  )
}

interface NothingProps {
  page: RecordPage
  list: ListState
  empty: ReactNode
  onClear: () => void
}

function Nothing({ page, list, empty, onClear }: NothingProps) {
  const bare = !list.q && list.where.length === 0
  if (page.explanation && (list.on || !bare)) {
    return (
      <EmptyState title={unread(page)} action={<Button onClick={onClear}>{t('record.showNow')}</Button>}>
        {t('record.notKnownThen')}
      </EmptyState>
    )
  }
  if (bare && !list.on) return <EmptyState title={t('record.none')}>{empty}</EmptyState>
  return (
    <EmptyState title={t('record.noMatch')} action={<Button onClick={onClear}>{t('record.clear')}</Button>}>
      {list.on ? t('record.noneThen') : t('record.noneLike')}
    </EmptyState>
  )
}

/** The host's sentence, with the moment in the reader's time. */
function unread(page: RecordPage): string {
  return page.first_read_at ? t('record.nothingBefore', { moment: zonedTime(page.first_read_at) }) : (page.explanation ?? '').replace(/\.$/, '')
}
