import type { ReactNode } from 'react'
import type { Tone } from '@/lib/words'
import { cx } from './cx'

const tones: Record<Tone, string> = {
  ok: 'bg-ok-soft text-ok',
  warn: 'bg-warn-soft text-warn',
  bad: 'bg-bad-soft text-bad',
  info: 'bg-accent-soft text-accent',
  quiet: 'bg-sunken text-muted',
}

/** One word with its icon. The colour only repeats what the word says. */
export function Chip({ tone, icon, children, className }: { tone: Tone; icon?: ReactNode; children: ReactNode; className?: string }) {
  return (
    <span
      className={cx(
        'inline-flex h-6 items-center gap-1 rounded-full px-2 text-xs font-medium whitespace-nowrap [&_svg]:shrink-0',
        tones[tone],
        className,
      )}
    >
      {icon}
      {children}
    </span>
  )
}

/** A quiet label, for categories and the like. */
export function Tag({ children }: { children: ReactNode }) {
  return (
    <span className="inline-flex h-5 items-center rounded border border-line px-1.5 text-xs whitespace-nowrap text-muted">{children}</span>
  )
}
