import type { RecordScope } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { Field, HostRecord, RecordPage } from '@/api/types'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Pager } from '@/ui/Pager'
import { useUrl } from '@/ui/useUrl'
import { cx } from '@/ui/cx'
import { t } from '@/words'
import { Cell, Observed } from './Cell'
import { fieldTitle } from './conditions'
import { nextSort, type ListState } from './listState'
import { useTablePage } from './queries'

interface Props {
  scope: RecordScope
  list: ListState
  head: RecordPage
  columns: Field[]
  several: boolean
  onSort: (sort: string) => void
  onOpen: (record: HostRecord, index: number) => void
}

const rows = 50

/** The same list as a plain table of pages, in which every row and cell is there to be read in turn. */
export function RecordTable({ scope, list, head, columns, several, onSort, onOpen }: Props) {
  const { one, set } = useUrl()
  const page = Math.max(0, (Number.parseInt(one('page'), 10) || 1) - 1)
  const query = useTablePage(scope, list, head, page, rows)
  const records = query.data?.items ?? []
  const total = head.matched ?? records.length
  const goTo = (to: number) => set({ page: to > 0 ? String(to + 1) : '' })
  if (query.isError) return <ErrorState what={t('record.listFailed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  if (query.isPending) return <SkeletonRows rows={8} label={t('record.loadingList')} />
  return (
    <>
      <div tabIndex={0} role="region" aria-label={t('record.list')} className="min-h-0 flex-1 overflow-auto focus-visible:-outline-offset-2">
        <table className="w-full text-sm">
          <caption className="sr-only">{t('record.list')}</caption>
          <thead className="sticky top-0 bg-panel shadow-[inset_0_-1px_var(--line)]">
            <tr className="text-xs text-muted">
              {columns.map((field) => (
                <SortHeading key={field.name} name={field.name} sort={list.sort} onSort={onSort} />
              ))}
              {several && (
                <th scope="col" className="px-4">
                  {t('record.connection')}
                </th>
              )}
              <SortHeading name="observed_at" sort={list.sort} onSort={onSort} />
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {records.map((record, i) => (
              <tr key={`${record.connection} ${record.stream} ${record.key}`}>
                {columns.map((field, at) => (
                  <td key={field.name} className="max-w-72 truncate px-4 py-2">
                    {at === 0 ? <Opener record={record} field={field} onOpen={() => onOpen(record, page * rows + i)} /> : <Cell record={record} field={field} />}
                  </td>
                ))}
                {several && <td className="px-4">{record.alias}</td>}
                <td className="px-4 whitespace-nowrap">
                  <Observed record={record} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="border-t border-line px-4">
        <Pager
          label={t('record.pages')}
          before={page * rows}
          shown={records.length}
          total={total}
          onPrevious={page > 0 ? () => goTo(page - 1) : undefined}
          onNext={(page + 1) * rows < total ? () => goTo(page + 1) : undefined}
        />
      </div>
    </>
  )
}

function Opener({ record, field, onOpen }: { record: HostRecord; field: Field; onOpen: () => void }) {
  return (
    <button type="button" onClick={onOpen} className="min-h-6 max-w-full truncate rounded text-left font-medium underline-offset-2 hover:underline">
      <Cell record={record} field={field} />
    </button>
  )
}

function SortHeading({ name, sort, onSort }: { name: string; sort: string; onSort: (sort: string) => void }) {
  const direction = sort === name ? 'ascending' : sort === `-${name}` ? 'descending' : 'none'
  return (
    <th scope="col" aria-sort={direction} className="h-9 px-2 whitespace-nowrap">
      <button
        type="button"
        onClick={() => onSort(nextSort(sort, name))}
        className={cx('inline-flex h-7 items-center rounded px-2 hover:bg-hover hover:text-text', direction !== 'none' && 'text-text')}
      >
        {columnTitle(name)}
        {direction !== 'none' && <span aria-hidden>{direction === 'ascending' ? ' ↑' : ' ↓'}</span>}
      </button>
    </th>
  )
}

export const columnTitle = (name: string) => (name === 'observed_at' ? t('record.observed') : fieldTitle(name))
