import { CircleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { statement } from '@/lib/words'
import { t } from '@/words'
import { Button } from './Button'
import { Sentence } from './Text'

interface EmptyProps {
  title: string
  children?: ReactNode
  action?: ReactNode
  /** h1 where this is all the page has to say. */
  heading?: 'h1' | 'h2'
}

/** Nothing here: says what will be here, why, and the one thing to do. */
export function EmptyState({ title, children, action, heading: Heading = 'h2' }: EmptyProps) {
  return (
    <div className="flex flex-col items-center px-6 py-16 text-center">
      <Heading className="text-base font-semibold">{title}</Heading>
      {children && <div className="mt-1 max-w-md text-base text-muted">{children}</div>}
      {action && <div className="mt-4">{action}</div>}
    </div>
  )
}

export interface Trouble {
  message: string
  remedy?: string
  code: string
}

interface ErrorProps {
  what: string
  problem: Trouble
  onRetry: () => void
  heading?: 'h1' | 'h2'
}

export function ErrorState({ what, problem, onRetry, heading: Heading = 'h2' }: ErrorProps) {
  return (
    <div role="alert" className="flex flex-col items-center px-6 py-16 text-center">
      <CircleAlert size={20} className="text-bad" aria-hidden />
      <Heading className="mt-2 text-base font-semibold">{what}</Heading>
      <p className="mt-1 max-w-md text-muted">
        <Sentence>{statement(problem.message)}</Sentence>
      </p>
      {problem.remedy && (
        <p className="mt-1 max-w-md text-muted">
          <Sentence>{problem.remedy}</Sentence>
        </p>
      )}
      <p className="mt-2 font-mono text-xs text-faint">{problem.code}</p>
      <Button className="mt-4" onClick={onRetry}>
        {t('common.retry')}
      </Button>
    </div>
  )
}

/** Rows in the shape of what is coming. */
export function SkeletonRows({ rows, label }: { rows: number; label: string }) {
  return (
    <div role="status" aria-label={label} className="divide-y divide-line">
      {Array.from({ length: rows }, (_, i) => (
        <div key={i} className="flex h-14 items-center gap-3 px-4">
          <div className="skeleton size-8" />
          <div className="skeleton h-3 w-40" />
          <div className="skeleton ml-auto h-3 w-24" />
          <div className="skeleton hidden h-3 w-32 sm:block" />
        </div>
      ))}
    </div>
  )
}
