import { count as grouped } from '@/lib/numbers'
import { cx } from './cx'

export interface Segment {
  value: string
  title: string
  count?: number
}

/** One of a few, all in sight. */
export function Segments({ label, value, options, onChange }: { label: string; value: string; options: Segment[]; onChange: (value: string) => void }) {
  return (
    <div role="group" aria-label={label} className="inline-flex flex-wrap rounded-md border border-line-strong bg-panel p-0.5">
      {options.map((option) => (
        <button
          key={option.value}
          type="button"
          aria-pressed={option.value === value}
          onClick={() => onChange(option.value)}
          className={cx(
            'inline-flex h-6.5 items-center gap-1.5 rounded px-2 text-sm',
            option.value === value ? 'bg-sunken font-medium text-text' : 'text-muted hover:text-text',
          )}
        >
          {option.title}
          {option.count !== undefined && <span className="tabular text-xs text-faint">{grouped(option.count)}</span>}
        </button>
      ))}
    </div>
  )
}
