import { visible } from '@/lib/visible'
import { cx } from './cx'

const hues = [12, 38, 88, 150, 188, 214, 252, 286, 330]

function hueOf(name: string): number {
  let sum = 0
  for (const char of name) sum = (sum * 31 + char.charCodeAt(0)) % 9973
  return hues[sum % hues.length] ?? 214
}

function initials(name: string): string {
  const words = name.split(/[\s/_-]+/).filter(Boolean)
  const letters = words.length > 1 ? `${words[0]?.[0] ?? ''}${words[1]?.[0] ?? ''}` : name.slice(0, 2)
  return letters.toUpperCase()
}

/** A connector's sign: its initials on a tint that stays the same for the same name. */
export function Mark({ name, size = 'md' }: { name: string; size?: 'md' | 'lg' }) {
  return (
    <span
      aria-hidden
      style={{ '--hue': hueOf(name) } as React.CSSProperties}
      className={cx(
        'mark inline-flex shrink-0 items-center justify-center rounded-lg font-semibold select-none',
        size === 'lg' ? 'size-10 text-sm' : 'size-8 text-xs',
      )}
    >
      {initials(visible(name))}
    </span>
  )
}
