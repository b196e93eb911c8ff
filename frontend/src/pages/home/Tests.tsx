import { CircleCheck, CircleHelp, CircleX } from 'lucide-react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import { card, Section } from '@/ui/Section'
import { ErrorState } from '@/ui/States'
import { t } from '@/words'
import { useTestTotals } from './queries'

const notProven = ['error', 'stale', 'unproven', 'empty', 'unused'] as const

/** How many tests fail, pass and are not proven, each with the way to them. */
export function Tests() {
  const { data, error, refetch } = useTestTotals()
  if (error && !data) {
    return (
      <Section title={t('home.tests.title')}>
        <div className={card}>
          <ErrorState what={t('home.tests.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
        </div>
      </Section>
    )
  }
  // Before anything supplies a test there is nothing to say of them that the connections do not say.
  if (!data || data.totals.unused + data.totals.disabled === data.totals.tests) return null
  const { totals } = data
  // A test that a person turned off is among the unused.
  const unproven = notProven.reduce((sum, state) => sum + totals[state], totals.disabled)
  return (
    <Section
      title={t('home.tests.title')}
      aside={
        <Link href="/tests" className="text-sm text-accent hover:underline">
          {t('home.tests.all')}
        </Link>
      }
    >
      <ul className={`${card} flex flex-wrap gap-x-6 gap-y-1 px-4 py-3`} data-tests>
        {totals.failing > 0 && (
          <li>
            <Link href="/tests?state=failing" className="inline-flex min-h-6 items-center gap-1.5 font-medium text-bad hover:underline">
              <CircleX size={15} aria-hidden />
              {t('home.tests.fail', { count: totals.failing })}
            </Link>
          </li>
        )}
        <li>
          <Link href="/tests?state=passing" className="inline-flex min-h-6 items-center gap-1.5 text-ok hover:underline">
            <CircleCheck size={15} aria-hidden />
            {t('home.tests.pass', { count: totals.passing })}
          </Link>
        </li>
        {unproven > 0 && (
          <li>
            <Link
              href={`/tests?${new URLSearchParams(notProven.map((state) => ['state', state])).toString()}`}
              className="inline-flex min-h-6 items-center gap-1.5 text-muted hover:underline"
            >
              <CircleHelp size={15} aria-hidden />
              {t('home.tests.unproven', { count: unproven })}
            </Link>
          </li>
        )}
      </ul>
    </Section>
  )
}
