import { Check, ChevronDown } from 'lucide-react'
import type { Facet } from '@/api/types'
import { count } from '@/lib/numbers'
import { cx } from '@/ui/cx'
import { Popover } from '@/ui/Popover'
import { Text } from '@/ui/Text'
import { t } from '@/words'

interface Props {
  title: string
  facet: Facet | undefined
  chosen: string[]
  titleOf: (value: string) => string
  onChange: (chosen: string[]) => void
}

/** What a list can be narrowed to by one property, each value with how many it would show. */
export function FacetMenu({ title, facet, chosen, titleOf, onChange }: Props) {
  const values = facet?.values ?? []
  const toggle = (value: string) => onChange(chosen.includes(value) ? chosen.filter((one) => one !== value) : [...chosen, value])
  return (
    <Popover
      title={title}
      trigger={
        <button
          type="button"
          aria-label={chosen.length > 0 ? t('connections.facet_chosen', { facet: title, count: chosen.length }) : undefined}
          className={cx(
            'inline-flex h-8 items-center gap-1.5 rounded-md border px-2.5 text-sm whitespace-nowrap hover:bg-hover data-[popup-open]:bg-hover',
            chosen.length > 0 ? 'border-accent text-accent' : 'border-line-strong text-muted',
          )}
        >
          {title}
          {chosen.length > 0 && <span className="tabular rounded-full bg-accent-soft px-1.5 text-xs font-medium">{chosen.length}</span>}
          <ChevronDown size={14} aria-hidden />
        </button>
      }
    >
      {values.length === 0 && <p className="px-2 py-1.5 text-muted">{t('connections.facet_none')}</p>}
      <ul>
        {values.map(({ value, count: n }) => (
          <li key={value}>
            <button
              type="button"
              role="checkbox"
              aria-checked={chosen.includes(value)}
              onClick={() => toggle(value)}
              className="flex min-h-8 w-full items-center gap-2 rounded-md px-2 py-1 text-left hover:bg-hover"
            >
              <span
                aria-hidden
                className={cx(
                  'flex size-4 shrink-0 items-center justify-center rounded border',
                  chosen.includes(value) ? 'border-accent-solid bg-accent-solid text-on-accent' : 'border-control',
                )}
              >
                {chosen.includes(value) && <Check size={12} />}
              </span>
              <span className="min-w-0 flex-1 truncate">
                <Text>{titleOf(value)}</Text>
              </span>
              <span className="tabular text-xs text-faint">{count(n)}</span>
            </button>
          </li>
        ))}
      </ul>
      {chosen.length > 0 && (
        <button type="button" onClick={() => onChange([])} className="mt-1 h-8 w-full rounded-md border-t border-line px-2 text-left text-muted hover:bg-hover">
          {t('connections.facet_clear', { facet: title.toLowerCase() })}
        </button>
      )}
    </Popover>
  )
}
