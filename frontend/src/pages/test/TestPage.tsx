import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { Test } from '@/api/tests'
import { count } from '@/lib/numbers'
import { visible } from '@/lib/visible'
import { kindWord } from '@/lib/words'
import { controlPath } from '@/parts/assurance/paths'
import { Moment } from '@/parts/record/Moment'
import { SeverityWord, TestStateChip } from '@/parts/tests/State'
import { ButtonLink } from '@/ui/Button'
import { Tag } from '@/ui/Chip'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { Exclusions } from './Exclusions'
import { Findings } from './Findings'
import { Held } from './Held'
import { History } from './History'
import { DisabledNote, TurnButton } from './Lifecycle'
import { useTest } from './queries'
import { Rule } from './Rule'
import { RunButton, RunNote, useRerun, type Rerun } from './RunNow'
import { Sources } from './Sources'

/** One test: what must hold, what it found and in which records, and what it read. */
export default function TestPage({ id }: { id: string }) {
  const query = useTest(id)
  const test = query.data
  useTitle(test?.title ?? id)
  if (query.isError && !test) {
    const problem = asProblem(query.error)
    if (problem.code !== 'not_found') return <ErrorState heading="h1" what={t('tests.one.failed')} problem={problem} onRetry={() => void query.refetch()} />
    return (
      <EmptyState heading="h1" title={visible(t('tests.one.missing', { id }), 200)} action={<ButtonLink href="/tests">{t('tests.one.all')}</ButtonLink>}>
        {t('tests.one.missingWhy')}
      </EmptyState>
    )
  }
  if (!test) return <SkeletonRows rows={8} label={t('tests.one.loading')} />
  return <Shown key={test.id} test={test} />
}

function Shown({ test }: { test: Test }) {
  const run = useRerun()
  return (
    <article data-test={test.id}>
      <Header test={test} run={run} />
      <RunNote test={test} run={run} />
      {test.lifecycle !== 'disabled' && <Verdict test={test} />}
      {test.lifecycle !== 'disabled' && <Findings test={test} />}
      <Exclusions test={test} />
      <div className="grid gap-x-8 xl:grid-cols-2">
        <div className="min-w-0">
          <Rule test={test} />
        </div>
        <div className="min-w-0">
          <Remedy test={test} />
          <Controls test={test} />
        </div>
      </div>
      <Sources test={test} />
      <History test={test.id} />
      {test.lifecycle !== 'draft' && test.lifecycle !== 'retired' && <Held test={test} />}
    </article>
  )
}

function Header({ test, run }: { test: Test; run: Rerun }) {
  return (
    <header className="border-b border-line pb-4">
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
        <h1 className="min-w-0 text-xl font-semibold tracking-tight break-words">
          <Text>{test.title}</Text>
        </h1>
        <div className="flex flex-wrap gap-2">
          <RunButton test={test} run={run} />
          <TurnButton test={test} />
        </div>
      </div>
      <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
        <TestStateChip state={test.result.state} disabled={test.lifecycle === 'disabled'} />
        <SeverityWord severity={test.severity} />
        <Tag>{kindWord(test.kind)}</Tag>
        <span className="font-mono text-xs text-muted">
          <Text>{test.id}</Text>
        </span>
        <span className="text-xs text-muted">{t('tests.one.version', { version: test.version })}</span>
      </div>
      <p className="mt-2 max-w-3xl text-muted">
        <Sentence>{test.why}</Sentence>
      </p>
      <DisabledNote test={test} />
    </header>
  )
}

const tallied = ['in_scope', 'pass', 'fail', 'unknown', 'excluded'] as const
const tones: Partial<Record<(typeof tallied)[number], string>> = { fail: 'text-bad', unknown: 'text-warn' }

/** The state with its reason, and the counts behind it. */
function Verdict({ test }: { test: Test }) {
  const { state, reason, at, tally } = test.result
  return (
    <Section
      title={t('tests.one.reason', { state: t(`tests.state.${state}`).toLowerCase() })}
      aside={
        <p className="text-sm text-muted">
          {t('tests.one.judgedAt')} <Moment at={at} />
        </p>
      }
    >
      <div className={`${card} px-4 py-3`}>
        <p className="font-medium" data-reason>
          <Sentence>{reason}</Sentence>
        </p>
        <p className="mt-0.5 text-sm text-muted">{t(`tests.means.${state}`)}</p>
        {state === 'unused' ? (
          <ButtonLink size="sm" className="mt-3" href={`/connections/available?${new URLSearchParams({ q: `provides:${test.kind}` }).toString()}`}>
            {t('tests.one.supply', { kind: kindWord(test.kind).toLowerCase() })}
          </ButtonLink>
        ) : (
          <dl aria-label={t('tests.tally.label')} className="mt-3 grid grid-cols-2 gap-x-6 gap-y-2 sm:flex sm:gap-x-10">
            {tallied.map((name) => (
              <div key={name} data-tally={name}>
                <dt className="text-xs text-muted">{t(`tests.tally.${name}`)}</dt>
                <dd className={`tabular text-lg font-semibold ${tally[name] > 0 ? (tones[name] ?? '') : 'text-faint'}`}>{count(tally[name])}</dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </Section>
  )
}

function Remedy({ test }: { test: Test }) {
  return (
    <Section title={t('tests.one.remedy')}>
      <div className={`${card} px-4 py-3`}>
        <p>
          <Sentence>{test.remedy}</Sentence>
        </p>
        <p className="mt-1 text-sm text-muted">{test.days_allowed > 0 ? t('tests.one.days', { count: test.days_allowed }) : t('tests.one.daysNone')}</p>
      </div>
    </Section>
  )
}

function Controls({ test }: { test: Test }) {
  const controls = test.controls ?? []
  return (
    <Section title={t('tests.controls.title')}>
      <div className={`${card} px-4 py-3`}>
        {controls.length === 0 ? (
          <p className="text-muted">{t('tests.controls.none')}</p>
        ) : (
          <ul className="flex flex-wrap gap-2">
            {controls.map((id) => (
              <li key={id}>
                <Link href={controlPath(id)} className="rounded hover:underline">
                  <Tag>{id}</Tag>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Section>
  )
}
