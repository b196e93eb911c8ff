import { ArrowDown, ArrowUp } from 'lucide-react'
import { Fragment } from 'react'
import type { Facet } from '@/api/types'
import { count } from '@/lib/numbers'
import { cx } from '@/ui/cx'
import { Checkbox } from '@/ui/Field'
import { Text } from '@/ui/Text'
import type { Url } from '@/ui/useUrl'
import { t } from '@/words'
import { groupOf, groupValue, orderOf, type Column, type Grouping } from './address'
import { ConnectionRow } from './ConnectionRow'
import { titlesOf, type TitleOf } from './Toolbar'
import type { Bulk } from './useBulk'
import { useLayout, type Layout } from './useLayout'
import type { Selection } from './useSelection'
import type { DrawnRow } from './useSettled'

interface Props {
  rows: DrawnRow[]
  selection: Selection
  bulk: Bulk
  url: Url
  titles: ReadonlyMap<string, string>
  facets: Facet[] | undefined
}

/** How many columns a whole row spans. */
const columnCount: Record<Layout, number> = { wide: 11, medium: 6, narrow: 3 }

const head = 'h-9 px-2 text-xs font-medium text-muted whitespace-nowrap'

export function ConnectionTable({ rows, selection, bulk, url, titles, facets }: Props) {
  const items = rows.map((row) => row.item)
  const chosen = items.filter((item) => selection.has(item.id)).length
  const group = groupOf(url)
  const layout = useLayout()
  const titleOf = titlesOf(titles)
  return (
    <table className="w-full border-collapse text-sm">
      <caption className="sr-only">{t('connections.caption')}</caption>
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className="w-9 pl-2">
            <span className="sr-only">{t('connections.col_select')}</span>
            <span className="flex size-6 items-center justify-center">
              <Checkbox
                aria-label={t('connections.select_page')}
                checked={items.length > 0 && chosen === items.length}
                ref={(box) => {
                  if (box) box.indeterminate = chosen > 0 && chosen < items.length
                }}
                onChange={(event) => selection.change(items, event.target.checked)}
              />
            </span>
          </th>
          <Sortable url={url} column="alias" title={t('connections.col_connection')} />
          <Heads url={url} layout={layout} />
          <th scope="col" className="w-10">
            <span className="sr-only">{t('connections.col_actions')}</span>
          </th>
        </tr>
      </thead>
      {rows.map(({ item, left }, i) => {
        const before = rows[i - 1]
        const value = group && groupValue(item, group)
        const begins = group && value !== undefined && (!before || groupValue(before.item, group) !== value)
        return (
          <Fragment key={item.id}>
            {begins && <GroupHead group={group} value={value} titleOf={titleOf} facets={facets} span={columnCount[layout]} />}
            <ConnectionRow layout={layout} span={columnCount[layout]} connection={item} left={left} selection={selection} bulk={bulk} titles={titles} />
          </Fragment>
        )
      })}
    </table>
  )
}

/** The heads of the columns between the name and the actions, as far as there is room for them. */
function Heads({ url, layout }: { url: Url; layout: Layout }) {
  if (layout === 'narrow') return null
  const plain = (title: string) => (
    <th scope="col" className={head}>
      {title}
    </th>
  )
  const wide = layout === 'wide'
  return (
    <>
      <Sortable url={url} column="urgent" title={t('connections.col_status')} />
      {plain(t('connections.col_activity'))}
      {wide && <Sortable url={url} column="last_success" title={t('connections.col_last_success')} />}
      {wide && <Sortable url={url} column="next_run" title={t('connections.col_next_run')} />}
      {plain(t('connections.col_runs'))}
      {wide && <Sortable url={url} column="records" title={t('connections.col_records')} down className="text-right" />}
      {wide && plain(t('connections.col_changes'))}
      {wide && <Sortable url={url} column="owner" title={t('connections.col_owner')} />}
    </>
  )
}

interface SortableProps {
  url: Url
  column: Column
  title: string
  /** What is most interesting is at the end, so the first press sorts the other way round. */
  down?: boolean
  className?: string
}

/** The head of a column that the list can be sorted by. */
function Sortable({ url, column, title, down = false, className }: SortableProps) {
  const order = orderOf(url)
  const up = order === column
  const current = up || order === `-${column}`
  const next = current ? (up ? `-${column}` : column) : down ? `-${column}` : column
  return (
    <th scope="col" aria-sort={current ? (up ? 'ascending' : 'descending') : undefined} className={cx(head, className)}>
      <button
        type="button"
        title={t('connections.sort_by', { column: title })}
        onClick={() => url.set({ order: next === 'urgent' ? '' : next, after: '' })}
        className={cx('inline-flex h-6 items-center gap-1 rounded hover:text-text', current && 'font-semibold text-text')}
      >
        {title}
        {current && (up ? <ArrowUp size={12} aria-hidden /> : <ArrowDown size={12} aria-hidden />)}
      </button>
    </th>
  )
}

interface GroupProps {
  group: Grouping
  value: string
  titleOf: TitleOf
  facets: Facet[] | undefined
  span: number
}

function GroupHead({ group, value, titleOf, facets, span }: GroupProps) {
  // A connection is in one group, but counts for each of its categories.
  const n = group === 'category' ? undefined : facets?.find((f) => f.name === group)?.values.find((v) => v.value === value)?.count
  return (
    <tbody>
      <tr>
        <th scope="rowgroup" colSpan={span} className="border-b border-line pt-5 pb-1.5 pl-2 text-sm font-semibold">
          <Text>{titleOf(group, value)}</Text>
          {n !== undefined && <span className="tabular ml-2 font-normal text-faint">{count(n)}</span>}
        </th>
      </tr>
    </tbody>
  )
}
