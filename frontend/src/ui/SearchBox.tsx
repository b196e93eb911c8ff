import { Search } from 'lucide-react'
import { useRef } from 'react'
import { usePreferences } from './preferences'
import { useKeys } from './useKeys'

/** Filters what is on the page. `/` goes to it from anywhere, Esc empties it and then leaves it. */
export function SearchBox({ label, value, onChange }: { label: string; value: string; onChange: (value: string) => void }) {
  const input = useRef<HTMLInputElement>(null)

  useKeys({ search: () => input.current?.focus() })
  const { singleKeys } = usePreferences()

  return (
    <div className="relative w-full sm:w-72">
      <Search size={14} aria-hidden className="pointer-events-none absolute top-1/2 left-2.5 -translate-y-1/2 text-faint" />
      <input
        ref={input}
        type="search"
        aria-label={label}
        aria-keyshortcuts={singleKeys === 'on' ? '/' : undefined}
        placeholder={label}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return
          event.preventDefault()
          if (value) onChange('')
          else input.current?.blur()
        }}
        className="h-8 w-full rounded-md border border-line-strong bg-panel pr-8 pl-8 text-sm placeholder:text-faint [&::-webkit-search-cancel-button]:hidden"
      />
      {singleKeys === 'on' && (
        <kbd
          aria-hidden
          className="pointer-events-none absolute top-1/2 right-2 -translate-y-1/2 rounded border border-line px-1 font-sans text-xs leading-4 text-faint"
        >
          /
        </kbd>
      )}
    </div>
  )
}
