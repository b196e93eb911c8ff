import { useState } from 'react'
import { asProblem } from '@/api/problem'
import { testStates, type TestDay, type TestEntry, type TestState } from '@/api/tests'
import { count } from '@/lib/numbers'
import { zonedTime } from '@/lib/time'
import { actorWords, statement } from '@/lib/words'
import { TestStateChip } from '@/parts/tests/State'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { card, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { useTestHistory } from './queries'

const atFirst = 10
const most = 1000

/** Each change of the state or the counts, and the last 30 days at a glance. */
export function History({ test }: { test: string }) {
  const [limit, setLimit] = useState(atFirst)
  const query = useTestHistory(test, limit)
  const history = query.data
  return (
    <Section title={t('tests.history.title')} aside={history && history.days.length > 0 && <p className="text-xs text-muted">{t('tests.history.days', { count: history.days.length })}</p>}>
      <div className={card}>
        {query.isPending && <SkeletonRows rows={2} label={t('tests.history.loading')} />}
        {!history && query.isError && <ErrorState what={t('tests.history.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
        {history && (
          <>
            <DayStrip days={history.days} />
            {history.entries.length === 0 ? (
              <p className="border-t border-line px-4 py-4 text-muted">{t('tests.history.none')}</p>
            ) : (
              <ol className="divide-y divide-line border-t border-line" aria-label={t('tests.history.list')}>
                {history.entries.map((entry, i) => (
                  <Entry key={`${entry.at} ${entry.position}`} entry={entry} before={history.entries[i + 1]} />
                ))}
              </ol>
            )}
            {history.entries_left && limit < most && (
              <div className="border-t border-line p-2 text-center">
                <Button size="sm" look="ghost" asksAgent busy={query.isPlaceholderData} onClick={() => setLimit(limit === atFirst ? 100 : most)}>
                  {t('tests.history.more')}
                </Button>
              </div>
            )}
          </>
        )}
      </div>
    </Section>
  )
}

/** Each state has a colour and a height, so that it can be told without the colour. */
const looks: Record<TestState | 'none', string> = {
  passing: 'h-7 bg-ok-solid', failing: 'h-7 bg-bad-solid', error: 'h-7 bg-bad-solid', stale: 'h-4 bg-warn-solid', unproven: 'h-4 bg-warn-solid', empty: 'h-2 bg-quiet-solid',
  unused: 'h-2 bg-quiet-solid', none: 'h-px bg-line-strong',
}

const stateOf = ({ state }: TestDay): TestState | 'none' => testStates.find((one) => one === state) ?? 'none'
const wordOf = (state: TestState | 'none') => t(state === 'none' ? 'tests.history.noState' : `tests.state.${state}`)

export function DayStrip({ days }: { days: TestDay[] }) {
  const states = days.map(stateOf)
  const shown = ([...testStates, 'none'] as const).filter((state) => states.includes(state))
  const counts = shown.map((state) => `${count(states.filter((one) => one === state).length)} ${wordOf(state).toLowerCase()}`).join(', ')
  return (
    <div className="px-4 py-3">
      <div role="img" aria-label={t('tests.history.label', { count: days.length, counts })} data-days className="flex h-7 items-end gap-0.5">
        {days.map((day) => {
          const state = stateOf(day)
          const flipped = day.failed && state !== 'failing'
          return (
            <span
              key={day.day}
              data-day={state}
              title={t(flipped ? 'tests.history.dayFailed' : 'tests.history.day', { day: day.day, state: wordOf(state).toLowerCase() })}
              className={cx('relative min-w-0 flex-1 rounded-[2px]', looks[state])}
            >
              {flipped && <span className="absolute inset-x-0 bottom-0 h-1.5 bg-bad-solid" data-failed />}
            </span>
          )
        })}
      </div>
      <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
        {shown.map((state) => (
          <li key={state} className="flex items-center gap-1.5">
            <span aria-hidden className={cx('inline-block w-2 rounded-[2px]', looks[state], state !== 'none' && 'max-h-3')} />
            {wordOf(state)}
          </li>
        ))}
      </ul>
    </div>
  )
}

const tallied = ['pass', 'fail', 'unknown', 'excluded'] as const

/** One change: from which state to which, what is counted now and by how much it differs from before. */
function Entry({ entry, before }: { entry: TestEntry; before: TestEntry | undefined }) {
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-2.5 text-sm sm:grid-cols-[8rem_minmax(0,1fr)]" data-entry={entry.state}>
      <div className="text-muted">
        <Time at={entry.at} />
        <span className="block text-xs">{zonedTime(entry.at)}</span>
      </div>
      <div className="min-w-0">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <TestStateChip state={entry.state} />
          {before && before.state !== entry.state && <span className="text-muted">{t('tests.history.was', { state: t(`tests.state.${before.state}`).toLowerCase() })}</span>}
          <span className="tabular flex flex-wrap gap-x-3 text-muted">
            {tallied
              .filter((name) => entry.tally[name] > 0 || (before?.tally[name] ?? 0) > 0)
              .map((name) => (
                <span key={name} data-count={name}>
                  {t('tests.history.count', { count: entry.tally[name], outcome: t(`tests.outcome.${name}`).toLowerCase() })}
                  {before && difference(entry.tally[name] - before.tally[name])}
                </span>
              ))}
          </span>
        </div>
        <p className="mt-0.5">
          <Sentence>{statement(entry.reason)}</Sentence>
        </p>
        <p className="text-xs text-muted">
          {t('tests.history.by', { actor: actorWords(entry.actor) })}
          {before && before.version !== entry.version && ` ${t('tests.history.version', { version: entry.version })}`}
          {!entry.exact && ` ${t('tests.history.notExact')}`}
        </p>
      </div>
    </li>
  )
}

const difference = (by: number) => (by === 0 ? '' : ` (${by > 0 ? '+' : '−'}${count(Math.abs(by))})`)
