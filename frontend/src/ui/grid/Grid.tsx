import { ArrowDown, ArrowUp, ArrowUpDown } from 'lucide-react'
import {
  memo, useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, type CSSProperties, type KeyboardEvent, type ReactNode, type Ref, type RefObject,
} from 'react'
import { cx } from '../cx'
import { geometry, rowHeight, type Slice } from './geometry'
import { moved, type Place } from './keys'

export interface GridColumn {
  id: string
  title: string
  /** Pixels that it has at least. */
  width: number
  /** Its share of the room that is left; 0 = none. */
  grow?: number
  sortable?: boolean
  right?: boolean
}

/** How a row was opened: with the focus kept in the list, or taken along. */
export type Opening = 'peek' | 'enter'

export interface GridHandle {
  /** Puts the focus on a row and brings it into sight. */
  focusRow: (row: number) => void
}

interface Props<T> {
  label: string
  /** What Enter and Space do, for a screen reader. */
  hint?: string
  columns: GridColumn[]
  /** Rows of the whole list. */
  count: number
  /** A row; undefined while it is fetched. */
  rowAt: (index: number) => T | undefined
  cell: (row: T, column: string) => ReactNode
  /** Hears which rows are in sight, so that they can be fetched. */
  onRange?: (slice: Slice) => void
  onOpen?: (index: number, how: Opening) => void
  /** Hears of each row that the keyboard goes to. */
  onMove?: (index: number) => void
  /** The row that is open beside the list. */
  opened?: number
  sort?: string
  onSort?: (column: string) => void
  /** Another list begins at its top. */
  list: string
  handle?: Ref<GridHandle>
}

const headingHeight = 36
const start: Place = { row: 0, column: -1 }

/**
 * A long list of rows of one height, with one stop for Tab. Only the rows in sight are in the page, and the one
 * that has the focus, so that it is never lost; the scroll bar stands for all of them.
 */
export function Grid<T>(props: Props<T>) {
  const { label, hint, columns, count, rowAt, cell, onRange, onOpen, onMove, opened, sort = '', onSort, list, handle } = props
  const box = useRef<HTMLDivElement>(null)
  const scrolled = useScroll(box)
  const shape = geometry(count, scrolled.top, Math.max(rowHeight, scrolled.height - headingHeight))
  const [place, setPlace] = useState(start)
  const active = { ...place, row: count === 0 ? -1 : Math.min(place.row, count - 1) }
  if (active.row < 0) active.column = Math.max(0, active.column)
  const focusWanted = useRef(false)

  const [shown, setShown] = useState(list)
  if (shown !== list) {
    setShown(list)
    setPlace(start)
  }
  useEffect(() => {
    // Another list is shown from its beginning.
    if (box.current) box.current.scrollTop = 0
  }, [list])
  const { first, end } = shape.slice
  useEffect(() => onRange?.({ first, end }), [end, first, list, onRange])
  useLayoutEffect(() => {
    if (!focusWanted.current) return
    focusWanted.current = false
    box.current?.querySelector<HTMLElement>(`[data-place="${active.row}:${active.column}"]`)?.focus({ preventScroll: active.column < 0 })
  })

  const goTo = (to: Place) => {
    if (box.current && to.row >= 0) box.current.scrollTop = shape.reveal(to.row)
    focusWanted.current = true
    setPlace({ ...to })
  }
  useImperativeHandle(handle, () => ({ focusRow: (row) => goTo({ row, column: -1 }) }))

  const open = useCallback(
    (index: number) => {
      setPlace({ row: index, column: -1 })
      onOpen?.(index, 'peek')
    },
    [onOpen],
  )
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey || event.defaultPrevented) return
    if (active.row >= 0 && (event.key === 'Enter' || event.key === ' ') && !event.ctrlKey && !event.metaKey) {
      event.preventDefault()
      onOpen?.(active.row, event.key === 'Enter' ? 'enter' : 'peek')
      return
    }
    const to = moved(active, event, { rows: count, columns: columns.length, page: shape.page })
    if (!to) return
    event.preventDefault()
    goTo(to)
    if (to.row !== active.row && to.row >= 0) onMove?.(to.row)
  }

  const width = columns.reduce((sum, column) => sum + column.width, 0)
  const template = { gridTemplateColumns: columns.map((c) => `minmax(${c.width}px, ${c.grow ?? 1}fr)`).join(' '), minWidth: width }
  const rows = Array.from({ length: end - first }, (_, i) => first + i)
  if (active.row >= 0 && (active.row < first || active.row >= end)) rows.push(active.row)
  return (
    <div ref={box} className="relative min-h-0 flex-1 overflow-auto" data-grid-box>
      <div
        role="grid"
        aria-label={label}
        aria-description={hint}
        aria-rowcount={count + 1}
        aria-colcount={columns.length}
        aria-readonly
        onKeyDown={onKeyDown}
        className="relative text-sm"
        style={{ height: shape.height + headingHeight, minWidth: width }}
      >
        <div role="rowgroup" className="sticky top-0 z-3 bg-panel">
          <div role="row" aria-rowindex={1} className="grid border-b border-line" style={{ ...template, height: headingHeight }}>
            {columns.map((column, i) => (
              <Heading key={column.id} column={column} index={i} sort={sort} active={active.row < 0 && active.column === i} onSort={onSort} />
            ))}
          </div>
        </div>
        <div role="rowgroup">
          {rows.map((index) => (
            <Row
              key={index}
              index={index}
              row={rowAt(index) as unknown}
              columns={columns}
              cell={cell as (row: unknown, column: string) => ReactNode}
              template={template.gridTemplateColumns}
              width={width}
              top={shape.topOf(index) + headingHeight}
              active={active.row === index ? active.column : undefined}
              opened={opened === index}
              onOpen={onOpen ? open : undefined}
            />
          ))}
        </div>
      </div>
    </div>
  )
}

interface HeadingProps {
  column: GridColumn
  index: number
  sort: string
  active: boolean
  onSort?: (column: string) => void
}

function Heading({ column, index, sort, active, onSort }: HeadingProps) {
  const direction = sort === column.id ? 'ascending' : sort === `-${column.id}` ? 'descending' : undefined
  const sortable = column.sortable === true && onSort !== undefined
  const Icon = direction === 'ascending' ? ArrowUp : direction === 'descending' ? ArrowDown : ArrowUpDown
  const focus = { tabIndex: active ? 0 : -1, 'data-place': `-1:${index}` }
  return (
    <div
      role="columnheader"
      aria-colindex={index + 1}
      aria-sort={sortable ? (direction ?? 'none') : undefined}
      {...(sortable ? {} : focus)}
      className={cx(
        'flex min-w-0 items-center px-2 text-xs font-medium text-muted focus-visible:-outline-offset-2',
        column.right && 'justify-end',
        index === 0 && 'sticky left-0 z-1 bg-panel',
      )}
    >
      {sortable ? (
        <button
          type="button"
          {...focus}
          onClick={() => onSort(column.id)}
          className={cx(
            'inline-flex h-7 min-w-0 items-center gap-1 rounded px-2 hover:bg-hover hover:text-text focus-visible:-outline-offset-2',
            direction && 'text-text',
          )}
        >
          <span className="truncate">{column.title}</span>
          <Icon size={12} aria-hidden className={direction ? 'shrink-0' : 'shrink-0 text-faint'} />
        </button>
      ) : (
        <span className="truncate px-2">{column.title}</span>
      )}
    </div>
  )
}

interface RowProps {
  index: number
  row: unknown
  columns: GridColumn[]
  cell: (row: unknown, column: string) => ReactNode
  template: string
  width: number
  top: number
  /** The column that has the focus, -1 the row itself; undefined while another row has it. */
  active: number | undefined
  opened: boolean
  onOpen: ((index: number) => void) | undefined
}

const Row = memo(function Row({ index, row, columns, cell, template, width, top, active, opened, onOpen }: RowProps) {
  const style: CSSProperties = { gridTemplateColumns: template, minWidth: width, height: rowHeight, transform: `translateY(${top}px)` }
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      aria-selected={onOpen ? opened : undefined}
      aria-busy={row === undefined || undefined}
      tabIndex={active === -1 ? 0 : -1}
      data-place={`${index}:-1`}
      onClick={onOpen && (() => onOpen(index))}
      className={cx(
        'absolute inset-x-0 top-0 grid border-b border-line outline-none',
        // Above the first cell, which stays in place.
        'focus-visible:after:pointer-events-none focus-visible:after:absolute focus-visible:after:inset-0 focus-visible:after:z-2 focus-visible:after:border-2 focus-visible:after:border-accent',
        onOpen && 'cursor-pointer',
        opened ? 'bg-accent-soft' : 'bg-panel hover:bg-hover',
      )}
      style={style}
    >
      {columns.map((column, i) => (
        <div
          key={column.id}
          role={i === 0 ? 'rowheader' : 'gridcell'}
          aria-colindex={i + 1}
          tabIndex={active === i ? 0 : -1}
          data-place={`${index}:${i}`}
          className={cx(
            'flex min-w-0 items-center px-4 focus-visible:-outline-offset-2',
            column.right && 'justify-end',
            i === 0 && 'sticky left-0 z-1 bg-inherit',
          )}
        >
          {row === undefined ? <span className="skeleton h-2.5 w-2/3" /> : <span className="min-w-0 truncate">{cell(row, column.id)}</span>}
        </div>
      ))}
    </div>
  )
})

/** How far a box has scrolled, and its height. */
function useScroll(box: RefObject<HTMLElement | null>) {
  const [at, setAt] = useState({ top: 0, height: 800 })
  useEffect(() => {
    const element = box.current
    if (!element) return
    const follow = () => setAt({ top: element.scrollTop, height: element.clientHeight })
    element.addEventListener('scroll', follow, { passive: true })
    const size = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(follow)
    size?.observe(element)
    return () => {
      element.removeEventListener('scroll', follow)
      size?.disconnect()
    }
  }, [box])
  return at
}
