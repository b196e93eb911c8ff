import { ArrowDown, ArrowUp, ArrowUpDown } from 'lucide-react'
import { useEffect } from 'react'
import type { Field, HostRecord } from '@/api/types'
import { fieldText } from '@/lib/record'
import { visible } from '@/lib/visible'
import { DevelopmentMark } from '@/parts/TrustChip'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { fieldTitle } from './conditions'
import { ariaSort, nextSort } from './listState'
import { rowHeight, useWindow } from './useWindow'

interface Props {
  records: HostRecord[]
  /** Records of the whole list, of which the first ones are here. */
  total: number
  columns: Field[]
  several: boolean
  sort: string
  onSort: (sort: string) => void
  busy: boolean
  failed: boolean
  onMore?: () => void
}

/** Only the rows in sight are in the page; the next records are asked for before the last is reached. */
export function RecordTable({ records, total, columns, several, sort, onSort, busy, failed, onMore }: Props) {
  const [box, { first, end }] = useWindow(records.length)
  const near = end >= records.length
  useEffect(() => {
    if (near && !busy && !failed) onMore?.()
  }, [busy, failed, near, onMore])
  const heading = (name: string, right = false) => <SortHeading key={name} name={name} sort={sort} onSort={onSort} right={right} />
  const width = columns.length + (several ? 3 : 2)
  return (
    <div ref={box} tabIndex={0} role="region" aria-label="Records" className="relative min-h-0 flex-1 overflow-auto focus-visible:-outline-offset-2">
      <table className="w-full text-sm" aria-rowcount={total + 1}>
        <thead className="sticky top-0 z-1 bg-panel shadow-[inset_0_-1px_var(--line)]">
          <tr aria-rowindex={1}>
            {heading('key')}
            {several && (
              <th scope="col" className="h-9 px-4 text-xs font-medium whitespace-nowrap text-muted">
                Connection
              </th>
            )}
            {columns.map((field) => heading(field.name))}
            {heading('observed_at', true)}
          </tr>
        </thead>
        <tbody>
          <Space rows={first} width={width} />
          {records.slice(first, end).map((record, i) => (
            <Row key={`${record.connection} ${record.stream} ${record.key}`} record={record} columns={columns} several={several} index={first + i + 2} />
          ))}
          <Space rows={records.length - end} width={width} />
        </tbody>
      </table>
      {(busy || failed) && (
        <p role={failed ? 'alert' : 'status'} className="flex items-center justify-center gap-3 p-3 text-sm text-muted">
          {failed ? 'The next records could not be loaded.' : 'Loading more…'}
          {failed && (
            <Button size="sm" asksAgent onClick={onMore}>
              Try again
            </Button>
          )}
        </p>
      )}
    </div>
  )
}

/** Stands for rows that are out of sight. */
function Space({ rows, width }: { rows: number; width: number }) {
  if (rows <= 0) return null
  return (
    <tr aria-hidden>
      <td colSpan={width} style={{ height: rows * rowHeight }} />
    </tr>
  )
}

function SortHeading({ name, sort, onSort, right }: { name: string; sort: string; onSort: (sort: string) => void; right: boolean }) {
  const direction = ariaSort(sort, name)
  const Icon = direction === 'ascending' ? ArrowUp : direction === 'descending' ? ArrowDown : ArrowUpDown
  return (
    <th scope="col" aria-sort={direction} className={cx('h-9 px-2 text-xs font-medium whitespace-nowrap text-muted', right && 'text-right')}>
      <button
        type="button"
        onClick={() => onSort(nextSort(sort, name))}
        className={cx('inline-flex h-7 items-center gap-1 rounded px-2 hover:bg-hover hover:text-text', direction && 'text-text')}
      >
        {name === 'observed_at' ? 'Observed' : fieldTitle(name)}
        <Icon size={12} aria-hidden className={direction ? '' : 'text-faint'} />
      </button>
    </th>
  )
}

interface RowProps {
  record: HostRecord
  columns: Field[]
  several: boolean
  index: number
}

function Row({ record, columns, several, index }: RowProps) {
  return (
    <tr aria-rowindex={index} className="shadow-[inset_0_-1px_var(--line)]" style={{ height: rowHeight }}>
      <th scope="row" className="max-w-56 truncate px-4 font-mono text-xs font-normal text-muted" title={visible(record.key, titleLength)}>
        <Text>{shortened(record.key)}</Text>
      </th>
      {several && <td className="max-w-40 truncate px-4">{record.alias}</td>}
      {columns.map((field) => (
        <td key={field.name} className="max-w-60 truncate px-4 whitespace-nowrap">
          <Cell record={record} field={field} />
        </td>
      ))}
      <td className="px-4 text-right whitespace-nowrap text-muted">
        <DevelopmentMark trust={record.connector_trust} /> <Time at={record.observed_at} />
      </td>
    </tr>
  )
}

/** A document may hold a megabyte in one field; a cell and its title show the beginning. */
const titleLength = 1_000
const cellLength = 300
const shortened = (text: string) => (text.length > cellLength ? `${text.slice(0, cellLength)}…` : text)

function Cell({ record, field }: { record: HostRecord; field: Field }) {
  const text = fieldText(record.data, field.name)
  if (field.type === 'time') return <Time at={text === '–' ? null : text} />
  if (field.type === 'word') return text === '–' ? 'unknown' : <Text>{text.replaceAll('_', ' ')}</Text>
  return (
    <span title={visible(text, titleLength)}>
      <Text>{shortened(text)}</Text>
    </span>
  )
}
