import { ChevronRight } from 'lucide-react'
import { useState } from 'react'
import type { ChangeSummary, StreamChanges } from '@/api/records'
import { count } from '@/lib/numbers'
import { countWords } from '@/parts/ChangeCounts'
import { cx } from '@/ui/cx'
import { card } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import type { ChangesState } from './state'

interface Props {
  summary: ChangeSummary
  state: ChangesState
  onChange: (change: Partial<ChangesState>) => void
  /** Keep to the sum: a record is open below. */
  folded: boolean
}

/** More lines than these fold away: they must not push the changes out of sight. */
const few = 4

/** A line for each connection and stream that changed; a click shows its changes alone. */
export function Summary({ summary, state, onChange, folded }: Props) {
  const [open, setOpen] = useState(false)
  if (summary.items.length === 0) return null
  const closed = folded ? 0 : few
  const size = (item: StreamChanges) => item.added + item.changed + item.removed
  const sorted = [...summary.items].sort((a, b) => size(b) - size(a))
  const items = open ? sorted : sorted.slice(0, closed)
  return (
    <section aria-label={t('changes.summary')} className={`${card} mt-3 shrink-0 text-sm`}>
      <p role="status" className="px-4 pt-2.5 pb-1">
        <span className="font-medium">{countWords(summary)}</span>{' '}
        <span className="text-muted">{t('changes.inStreams', { count: summary.items.length })}</span>
      </p>
      <ul className={cx('pb-1.5', open && 'max-h-56 overflow-y-auto')}>
        {items.map((item) => (
          <li key={`${item.connection} ${item.stream}`}>
            <Line item={item} chosen={state.connection === item.alias && state.stream === item.stream} onChange={onChange} />
          </li>
        ))}
      </ul>
      {summary.items.length > closed && (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="flex h-8 w-full items-center gap-1 border-t border-line px-4 text-muted hover:text-text focus-visible:-outline-offset-2"
        >
          <ChevronRight size={13} aria-hidden className={open ? 'rotate-90' : ''} />
          {open ? t('record.fewer') : t('changes.moreStreams', { count: summary.items.length - closed })}
        </button>
      )}
    </section>
  )
}

function Line({ item, chosen, onChange }: { item: StreamChanges; chosen: boolean; onChange: (change: Partial<ChangesState>) => void }) {
  return (
    <button
      type="button"
      aria-pressed={chosen}
      onClick={() => onChange(chosen ? { connection: '', stream: '' } : { connection: item.alias, stream: item.stream })}
      className={cx(
        'grid min-h-7 w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-4 px-4 text-left hover:bg-hover focus-visible:-outline-offset-2',
        chosen && 'bg-accent-soft',
      )}
      data-summary={`${item.alias} ${item.stream}`}
    >
      <span className="truncate">
        <span className="font-medium">{item.alias}</span>{' '}
        <span className="text-muted">
          <Text>{item.stream_title}</Text>
        </span>
      </span>
      <span className="tabular grid grid-cols-[4.5rem_3.5rem_3.5rem] text-right" aria-label={countWords(item)} role="img">
        <span className={item.added > 0 ? 'text-ok' : 'text-faint'}>+{count(item.added)}</span>
        <span className={item.changed > 0 ? 'text-accent' : 'text-faint'}>~{count(item.changed)}</span>
        <span className={item.removed > 0 ? 'text-bad' : 'text-faint'}>−{count(item.removed)}</span>
      </span>
    </button>
  )
}
