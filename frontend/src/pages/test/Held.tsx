import { useState } from 'react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import { startHeld, type HeldOutcome, type Period, type Test, type TestHeld, type TestHeldItem } from '@/api/tests'
import { zonedTime } from '@/lib/time'
import { recordPath } from '@/lib/paths'
import { actorWords, statement, type Tone } from '@/lib/words'
import { CoverageDays } from '@/parts/coverage/CoverageDays'
import { TaskProgress } from '@/parts/Tasks'
import { useTask } from '@/parts/useTask'
import { Button } from '@/ui/Button'
import { Chip } from '@/ui/Chip'
import { describe, FieldFrame, TextInput } from '@/ui/Field'
import { card, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import { useHeld, useTestCoverage } from './queries'

const dayOf = (at: Date) => at.toISOString().slice(0, 10)

/** The last 90 days, as the program takes a period without days. */
export function lastDays(now: Date, days = 90): Period {
  const from = new Date(now)
  from.setUTCDate(from.getUTCDate() - days + 1)
  return { from: dayOf(from), to: dayOf(now) }
}

/** Whether the test held at every moment of a period, and on which of its days that can be known. */
export function Held({ test }: { test: Test }) {
  const [period, setPeriod] = useState(() => lastDays(new Date()))
  const [asked, setAsked] = useState<Period>()
  const run = useTask((of: Period) => startHeld(test.id, of))
  const { task } = run
  const ends = period.from !== '' && period.to !== '' && period.from <= period.to
  const problem = task?.error ?? (run.error ? asProblem(run.error) : undefined)
  const begin = () => {
    setAsked(period)
    run.begin(period)
  }
  return (
    <>
      <Section title={t('tests.held.title')}>
        <div className={card}>
          <form
            className="flex flex-wrap items-end gap-3 px-4 py-3"
            onSubmit={(event) => {
              event.preventDefault()
              begin()
            }}
          >
            <Day id="held-from" label={t('tests.held.from')} value={period.from} onChange={(from) => setPeriod({ ...period, from })} />
            <Day id="held-to" label={t('tests.held.to')} value={period.to} onChange={(to) => setPeriod({ ...period, to })} />
            <Button type="submit" asksAgent busy={run.running} disabled={!ends}>
              {t('tests.held.ask')}
            </Button>
            <p className="basis-full text-sm text-muted">{t(ends ? 'tests.held.about' : 'tests.held.order')}</p>
          </form>
          {task?.status === 'running' && (
            <div className="border-t border-line">
              <TaskProgress task={task} title={t('tests.held.running')} />
            </div>
          )}
          {task?.status === 'cancelled' && (
            <p role="status" className="border-t border-line px-4 py-3 text-sm text-muted">
              {t('tests.held.cancelled')}
            </p>
          )}
          {problem && !run.running && task?.status !== 'cancelled' && (
            <p role="alert" className="border-t border-line px-4 py-3 text-sm text-bad">
              <Sentence>{statement(problem.message)}</Sentence> {problem.remedy && <Sentence>{problem.remedy}</Sentence>}
            </p>
          )}
          {task?.status === 'done' && asked && <Answer test={test.id} period={asked} task={task.id} />}
        </div>
      </Section>
      <Coverage test={test.id} period={asked ?? lastDays(new Date())} />
    </>
  )
}

function Day({ id, label, value, onChange }: { id: string; label: string; value: string; onChange: (day: string) => void }) {
  return (
    <FieldFrame id={id} label={label} required>
      <TextInput {...describe({ id })} type="date" required value={value} onChange={(event) => onChange(event.target.value)} />
    </FieldFrame>
  )
}

const Coverage = ({ test, period }: { test: string; period: Period }) => <CoverageDays title={t('tests.held.coverage')} coverage={useTestCoverage(test, period)} />

const tones: Record<TestHeld['outcome'], Tone> = { yes: 'ok', no: 'bad', cannot_say: 'warn', nothing: 'quiet' }

function Answer({ test, period, task }: { test: string; period: Period; task: string }) {
  const query = useHeld(test, period, task)
  const held = query.data?.pages[0]
  if (query.isError && !held) return <ErrorState what={t('tests.held.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  if (!held) return <SkeletonRows rows={2} label={t('tests.held.loading')} />
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  return (
    <div data-held={held.outcome}>
      <div className="border-t border-line px-4 py-3">
        <p className="flex flex-wrap items-center gap-2 font-medium">
          <Chip tone={tones[held.outcome]}>{t(`tests.held.outcome.${held.outcome}`)}</Chip>
          <span>
            <Sentence>{statement(held.reason)}</Sentence>
          </span>
        </p>
        <p className="mt-1 text-sm text-muted">{t('tests.held.tally', { ...held.tally, from: zonedTime(held.period.from), to: zonedTime(held.period.to) })}</p>
      </div>
      {items.length > 0 && (
        <ul className="divide-y divide-line border-t border-line" aria-label={t('tests.held.items')}>
          {items.map((item, i) => (
            <Item key={`${item.connection} ${item.stream} ${item.key} ${i}`} item={item} />
          ))}
        </ul>
      )}
      {query.hasNextPage && (
        <div className="border-t border-line p-2 text-center">
          <Button size="sm" look="ghost" asksAgent busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            {t('tests.findings.more')}
          </Button>
        </div>
      )}
    </div>
  )
}

const itemTones: Record<HeldOutcome, string> = { yes: 'text-ok', no: 'text-bad', cannot_say: 'text-warn', excluded: 'text-muted' }

function Item({ item }: { item: TestHeldItem }) {
  const name = item.name || item.key || (item.alias ? t('tests.findings.countOf', { alias: item.alias }) : t('tests.findings.everything'))
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-2.5 text-sm sm:grid-cols-[minmax(0,16rem)_minmax(0,1fr)]" data-item={item.outcome}>
      <div className="min-w-0">
        <p className="font-medium break-words">
          {item.connection && item.stream && item.key ? (
            <Link
              href={recordPath({ connection: item.alias || item.connection, stream: item.stream, key: item.key })}
              className="rounded underline decoration-line-strong underline-offset-2 hover:decoration-current"
            >
              <Text>{name}</Text>
            </Link>
          ) : (
            <Text>{name}</Text>
          )}
        </p>
        <p className={itemTones[item.outcome]}>{t(`tests.held.item.${item.outcome}`)}</p>
      </div>
      <ul className="space-y-1">
        {item.spans.map((span) => (
          <li key={span.from}>
            <span className="tabular">{t(span.open ? 'tests.held.spanOpen' : 'tests.held.span', { from: zonedTime(span.from), to: zonedTime(span.to), count: span.days })}</span>{' '}
            <span className="text-muted">
              {span.exclusion ? (
                t('tests.findings.excluded', { reason: statement(span.exclusion.reason), actor: actorWords(span.exclusion.by) })
              ) : (
                <Sentence>{statement(span.message ?? t(`tests.held.cause.${span.cause}`))}</Sentence>
              )}
            </span>
          </li>
        ))}
      </ul>
    </li>
  )
}
