import type { CategoryTitle } from '@/api/types'
import { CategoryGlyph } from '@/parts/ConnectorMark'
import { cx } from '@/ui/cx'
import { t } from '@/words'

interface Props {
  categories: CategoryTitle[]
  counts: ReadonlyMap<string, number>
  total: number
  value: string
  onChange: (value: string) => void
}

/** Every category there is, also those without a connector yet; a plain select where there is no room for a list. */
export function CategoryFacets({ categories, counts, total, value, onChange }: Props) {
  const rows = [{ id: '', title: t('available.all_categories'), count: total }, ...categories.map((c) => ({ ...c, count: counts.get(c.id) ?? 0 }))]
  return (
    <>
      <div role="group" aria-label={t('available.category')} className="sticky top-16 hidden max-h-[calc(100vh-5rem)] w-52 shrink-0 self-start overflow-y-auto md:block">
        <ul className="space-y-px p-0.5">
          {rows.map((row) => (
            <li key={row.id}>
              <button
                type="button"
                aria-pressed={row.id === value}
                onClick={() => onChange(row.id)}
                className={cx(
                  'flex h-7 w-full items-center gap-2 rounded-md px-2 text-left text-sm hover:bg-hover',
                  row.id === value ? 'bg-hover font-medium' : row.count === 0 ? 'text-faint' : 'text-muted',
                )}
              >
                {row.id ? <CategoryGlyph category={row.id} /> : <span className="w-3.5" />}
                <span className="min-w-0 flex-1 truncate">{row.title}</span>
                <span className="tabular text-xs text-faint">{row.count}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
      <select
        aria-label={t('available.category')}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        className="mb-3 h-8 w-full rounded-md border border-line-strong bg-panel px-2 text-sm md:hidden"
      >
        {rows.map((row) => (
          <option key={row.id} value={row.id}>
            {t('available.category_count', { title: row.title, count: row.count })}
          </option>
        ))}
      </select>
    </>
  )
}
