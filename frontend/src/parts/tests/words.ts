import type { TestTotals } from '@/api/tests'
import { count as grouped } from '@/lib/numbers'
import { t } from '@/words'

/** Why tests that do not pass and do not fail are not proven, in the order of the sentence. */
const reasons = ['unproven', 'stale', 'error', 'empty', 'unused', 'disabled'] as const

const list = new Intl.ListFormat('en', { type: 'conjunction' })

/** "34 of 101 tests pass. 12 fail. 55 are not proven: 9 for …, and 46 that …" Nothing but a pass is counted as one. */
export function totalsSentence(totals: TestTotals): string {
  const missing = reasons.filter((reason) => totals[reason] > 0)
  const unproven = missing.reduce((sum, reason) => sum + totals[reason], 0)
  const because = list.format(missing.map((reason) => t(`tests.summary.because.${reason}`, { count: totals[reason] })))
  return [
    t('tests.summary.passing', { count: totals.tests, passing: grouped(totals.passing) }),
    totals.failing > 0 ? t('tests.summary.failing', { count: totals.failing }) : '',
    unproven > 0 ? `${t('tests.summary.unproven', { count: unproven })} ${because}.` : '',
  ].filter(Boolean).join(' ')
}

export const testPath = (id: string) => `/tests/${encodeURIComponent(id)}`
