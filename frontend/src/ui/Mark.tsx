import type { ReactNode } from 'react'
import { visible } from '@/lib/visible'
import { figureOf, hueOf, monogram } from '@/lib/mark'
import { cx } from './cx'

interface Props {
  name: string
  size?: 'md' | 'lg' | 'xl'
  /** A sign of what kind of system it is, in the corner of a large mark. */
  badge?: ReactNode
}

const sizes = { md: 'size-8', lg: 'size-10', xl: 'size-14' }

/** The mark of a system, drawn from its name alone: a figure, and two letters as of an element. Never a logo. */
export function Mark({ name, size = 'md', badge }: Props) {
  const shown = visible(name)
  return (
    <span aria-hidden style={{ '--hue': hueOf(name) } as React.CSSProperties} className={cx('mark relative inline-flex shrink-0 select-none', sizes[size])}>
      <svg viewBox="0 0 32 32" className="size-full rounded-[25%]">
        <rect width="32" height="32" className="mark-ground" />
        <path d={figureOf(name)} className="mark-figure" />
        <text x="16" y="16.5" textAnchor="middle" dominantBaseline="central" className="mark-letters">
          {monogram(shown)}
        </text>
      </svg>
      {badge && (
        <span className="absolute -right-1 -bottom-1 flex size-4.5 items-center justify-center rounded-full border border-line bg-panel text-muted">
          {badge}
        </span>
      )}
    </span>
  )
}
