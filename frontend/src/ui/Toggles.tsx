import { count } from '@/lib/numbers'
import { cx } from './cx'

export interface Toggle {
  value: string
  title: string
  /** How many it would show. */
  count?: number
}

interface Props {
  label: string
  /** What stands for none of them: everything. */
  all: Toggle
  options: Toggle[]
  chosen: string[]
  onChange: (chosen: string[]) => void
}

/** Any of a few together, all in sight. */
export function Toggles({ label, all, options, chosen, onChange }: Props) {
  const button = (one: Toggle, pressed: boolean, next: string[]) => (
    <button
      key={one.value}
      type="button"
      aria-pressed={pressed}
      onClick={() => onChange(next)}
      className={cx('inline-flex h-6.5 items-center gap-1.5 rounded px-2 text-sm', pressed ? 'bg-sunken font-medium text-text' : 'text-muted hover:text-text')}
    >
      {one.title}
      {one.count !== undefined && <span className="tabular text-xs text-faint">{count(one.count)}</span>}
    </button>
  )
  return (
    <div role="group" aria-label={label} className="inline-flex flex-wrap rounded-md border border-line-strong bg-panel p-0.5">
      {button(all, chosen.length === 0, [])}
      {options.map((one) => {
        const pressed = chosen.includes(one.value)
        return button(one, pressed, pressed ? chosen.filter((value) => value !== one.value) : [...chosen, one.value])
      })}
    </div>
  )
}
