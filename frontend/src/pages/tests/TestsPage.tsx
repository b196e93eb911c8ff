import { useEffect } from 'react'
import { asProblem } from '@/api/problem'
import type { TestList } from '@/api/tests'
import { totalsSentence } from '@/parts/tests/words'
import { announce } from '@/ui/Announce'
import { Button, ButtonLink } from '@/ui/Button'
import { Fill } from '@/ui/Fill'
import { card } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useDebounced } from '@/ui/useDebounced'
import { useTitle } from '@/ui/useTitle'
import { useUrl, type Url } from '@/ui/useUrl'
import { t } from '@/words'
import { cleared, isFiltered, queryOf } from './address'
import { Filters } from './Filters'
import { useTests } from './queries'
import { TestRows } from './TestRows'

/** Every test with what it finds now, to search, filter and sort. */
export default function TestsPage() {
  const url = useUrl()
  const query = queryOf(url, useDebounced(url.one('q').trim(), 150))
  const tests = useTests(query)
  const filtered = isFiltered(url)
  const matched = tests.data?.matched
  useTitle(t('tests.title'))
  useEffect(() => {
    if (filtered && matched !== undefined) announce(t('tests.count', { count: matched }))
  }, [filtered, matched])
  return (
    <Fill>
      <h1 className="text-xl font-semibold tracking-tight">{t('tests.title')}</h1>
      <p className="mt-0.5 max-w-4xl text-muted" data-totals={tests.data ? '' : undefined}>
        {tests.data ? totalsSentence(tests.data.totals) : t('tests.about')}
      </p>
      <div className={`${card} mt-4 flex min-h-[40rem] flex-1 flex-col sm:min-h-64`}>
        <Filters url={url} list={tests.data} filtered={filtered} stale={tests.isPlaceholderData} />
        {tests.isPending ? (
          <SkeletonRows rows={8} label={t('tests.loading')} />
        ) : tests.data ? (
          <Body url={url} list={tests.data} filtered={filtered} of={JSON.stringify(query)} />
        ) : (
          <ErrorState what={t('tests.failed')} problem={asProblem(tests.error)} onRetry={() => void tests.refetch()} />
        )}
      </div>
    </Fill>
  )
}

function Body({ url, list, filtered, of }: { url: Url; list: TestList; filtered: boolean; of: string }) {
  const { totals } = list
  if (!filtered && totals.unused + totals.disabled === totals.tests) {
    return (
      <EmptyState
        title={t('tests.unsupplied.title')}
        action={
          <div className="flex flex-wrap justify-center gap-2">
            <ButtonLink look="primary" href="/connections/available?category=identity">
              {t('tests.unsupplied.action')}
            </ButtonLink>
            <Button onClick={() => url.set({ state: 'unused' })}>{t('tests.unsupplied.show', { count: totals.tests })}</Button>
          </div>
        }
      >
        {t('tests.unsupplied.text', { count: totals.tests })}
      </EmptyState>
    )
  }
  if (list.items.length > 0) return <TestRows url={url} tests={list.items} list={of} />
  return (
    <EmptyState title={t('tests.noMatch.title')} action={<Button onClick={() => url.set(cleared)}>{t('tests.noMatch.action')}</Button>}>
      {t('tests.noMatch.text')}
    </EmptyState>
  )
}
