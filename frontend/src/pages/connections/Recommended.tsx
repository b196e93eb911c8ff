import { ArrowRight, CircleCheck, CircleDashed, CircleDot, CircleSlash } from 'lucide-react'
import { Link } from 'wouter'
import type { Connector } from '@/api/types'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { t } from '@/words'
import { recommended, type RecommendedCategory } from './recommended'
import { useSkipped } from './skipped'

/** Whether something of a category is connected. */
const isConnected = (connectors: Connector[], category: string) => connectors.some((c) => c.connections > 0 && c.categories.includes(category))

/** The order most companies take, as steps that tick themselves. They can be skipped, one or all, and brought back. */
export function Recommended({ connectors }: { connectors: Connector[] }) {
  const skipped = useSkipped()
  const steps = recommended.map(({ category }) => ({ category, done: isConnected(connectors, category), skipped: skipped.has(category) }))
  const done = steps.filter((step) => step.done).length
  if (skipped.has('all')) {
    return (
      <div className="mt-4">
        <Button size="sm" look="ghost" onClick={() => skipped.bringBack('all')}>
          {t('available.next_bring_back')}
        </Button>
      </div>
    )
  }
  if (done === steps.length) {
    return (
      <p className="mt-5 flex items-center gap-2 text-sm text-muted">
        <CircleCheck size={16} aria-hidden className="shrink-0 text-ok" />
        {t('available.next_all_done')}
      </p>
    )
  }
  const current = steps.find((step) => !step.done && !step.skipped)?.category
  return (
    <section aria-labelledby="recommended" className="mt-5 rounded-lg border border-line bg-panel">
      <div className="flex flex-wrap items-center justify-between gap-x-4 gap-y-1 px-4 pt-3">
        <div>
          <h2 id="recommended" className="text-sm font-semibold">
            {t('available.next')}
          </h2>
          <p className="text-sm text-muted">
            {t('available.next_lead')} {t('available.next_done', { count: done })}
          </p>
        </div>
        <Button size="sm" look="ghost" onClick={() => skipped.skip('all')}>
          {t('available.next_hide')}
        </Button>
      </div>
      <ol className="mt-2 grid gap-px overflow-hidden rounded-b-lg border-t border-line bg-line sm:grid-cols-2 xl:grid-cols-4">
        {steps.map((step) => (
          <Step key={step.category} {...step} current={step.category === current} onSkip={skipped.skip} onBringBack={skipped.bringBack} />
        ))}
      </ol>
    </section>
  )
}

interface StepProps {
  category: RecommendedCategory
  done: boolean
  skipped: boolean
  current: boolean
  onSkip: (step: string) => void
  onBringBack: (step: string) => void
}

function Step({ category, done, skipped, current, onSkip, onBringBack }: StepProps) {
  const title = t(`available.step_${category}`)
  const Icon = done ? CircleCheck : skipped ? CircleSlash : current ? CircleDot : CircleDashed
  const word = done ? t('available.step_done') : skipped ? t('available.step_skipped') : current ? t('available.step_now') : ''
  return (
    <li className="flex flex-col bg-panel p-4">
      <p className="flex items-center gap-2">
        <Icon size={16} aria-hidden className={cx('shrink-0', done ? 'text-ok' : current ? 'text-accent' : 'text-faint')} />
        <span className={cx('font-medium', skipped && !done && 'text-muted')}>{title}</span>
        {word && <span className={cx('text-xs', done ? 'text-ok' : current ? 'text-accent' : 'text-faint')}>{word}</span>}
      </p>
      <p className="mt-1 text-sm text-muted">{t(`available.why_${category}`)}</p>
      {!done && (
        <div className="mt-auto flex items-center gap-3 pt-2 text-sm">
          <Link href={`/connections/available?category=${category}`} className="inline-flex min-h-6 items-center gap-1 font-medium text-accent hover:underline">
            {t('available.step_open')}
            <ArrowRight size={14} aria-hidden />
          </Link>
          <button
            type="button"
            className="min-h-6 text-muted hover:text-text"
            aria-label={t(skipped ? 'available.step_unskip_label' : 'available.step_skip_label', { step: title })}
            onClick={() => (skipped ? onBringBack(category) : onSkip(category))}
          >
            {t(skipped ? 'available.step_unskip' : 'available.step_skip')}
          </button>
        </div>
      )}
    </li>
  )
}
