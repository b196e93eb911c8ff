import { ChevronLeft, ChevronRight } from 'lucide-react'
import { count } from '@/lib/numbers'
import { t } from '@/words'
import { Button } from './Button'

interface Props {
  label: string
  /** How many items come before this page, and how many are on it. */
  before: number
  shown: number
  total: number
  onPrevious: (() => void) | undefined
  onNext: (() => void) | undefined
}

/** Which part of a long list this is, and the way to its neighbours. Nothing where one page is all. */
export function Pager({ label, before, shown, total, onPrevious, onNext }: Props) {
  if (!onPrevious && !onNext) return null
  return (
    <nav aria-label={label} className="flex items-center justify-between gap-3 py-3">
      <p className="tabular text-sm text-muted">
        {t('ui.pager.part', { first: count(before + 1), last: count(before + shown), total: count(total) })}
      </p>
      <div className="flex gap-2">
        <Button size="sm" asksAgent icon={<ChevronLeft size={14} aria-hidden />} disabled={!onPrevious} onClick={onPrevious}>
          {t('ui.pager.previous')}
        </Button>
        <Button size="sm" asksAgent disabled={!onNext} onClick={onNext}>
          {t('ui.pager.next')} <ChevronRight size={14} aria-hidden />
        </Button>
      </div>
    </nav>
  )
}
