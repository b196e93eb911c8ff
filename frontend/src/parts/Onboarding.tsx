import { ArrowRight, CircleCheck, Circle } from 'lucide-react'
import { Link } from 'wouter'
import type { ConnectionItem, Connector } from '@/api/types'
import { cx } from '@/ui/cx'
import { t } from '@/words'

/** The order that most companies take: who people are, what runs, how it is changed, how work is followed up. */
export const onboardingOrder = ['identity', 'infrastructure', 'version_control', 'ticketing'] as const

type Step = (typeof onboardingOrder)[number]

/** The steps that lead somewhere, each with whether it is done. A category without a connector is no step. */
export function onboardingSteps(connections: ConnectionItem[], connectors: Connector[]): { step: Step; done: boolean }[] {
  return onboardingOrder.flatMap((step) => {
    const has = (one: { categories: string[] }) => one.categories.includes(step)
    return connections.some(has) || connectors.some((one) => !one.problem && has(one)) ? [{ step, done: connections.some(has) }] : []
  })
}

/** A checklist that ticks itself. */
export function OnboardingList({ steps }: { steps: { step: Step; done: boolean }[] }) {
  return (
    <ol className="divide-y divide-line">
      {steps.map(({ step, done }) => (
        <li key={step}>
          <Link href={`/connections/available?category=${step}`} className="group flex items-center gap-3 px-4 py-2.5 hover:bg-hover focus-visible:-outline-offset-2">
            {done ? <CircleCheck size={16} aria-hidden className="shrink-0 text-ok" /> : <Circle size={16} aria-hidden className="shrink-0 text-faint" />}
            <span className="min-w-0 flex-1">
              <span className={cx('block text-sm font-medium', done && 'text-muted')}>
                {t(`home.onboarding.${step}.title`)}
                {done && <span className="sr-only">: {t('home.onboarding.done')}</span>}
              </span>
              {!done && <span className="block text-sm text-muted">{t(`home.onboarding.${step}.why`)}</span>}
            </span>
            <ArrowRight size={16} aria-hidden className="text-faint group-hover:text-text" />
          </Link>
        </li>
      ))}
    </ol>
  )
}
