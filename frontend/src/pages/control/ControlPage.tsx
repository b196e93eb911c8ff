import { Link } from 'wouter'
import type { Control } from '@/api/assurance'
import { asProblem } from '@/api/problem'
import { connectionPath } from '@/lib/paths'
import { visible } from '@/lib/visible'
import { frameworkPath } from '@/parts/assurance/paths'
import { ControlStateChip } from '@/parts/assurance/State'
import { ButtonLink } from '@/ui/Button'
import { Tag } from '@/ui/Chip'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { Applicability, Owner } from './Decisions'
import { Calculation } from './Calculation'
import { useControl, useFrameworks } from './queries'

/** One control: what it says, its state line by line, who answers for it and what it meets. */
export default function ControlPage({ id }: { id: string }) {
  const query = useControl(id)
  const control = query.data
  useTitle(control?.title ?? id)
  if (query.isError && !control) {
    const problem = asProblem(query.error)
    if (problem.code !== 'not_found') return <ErrorState heading="h1" what={t('controls.one.failed')} problem={problem} onRetry={() => void query.refetch()} />
    return (
      <EmptyState heading="h1" title={visible(t('controls.one.missing', { id }), 200)} action={<ButtonLink href="/controls">{t('controls.one.all')}</ButtonLink>}>
        {t('controls.one.missingWhy')}
      </EmptyState>
    )
  }
  if (!control) return <SkeletonRows rows={8} label={t('controls.one.loading')} />
  return (
    <article data-control={control.id}>
      <header className="border-b border-line pb-4">
        <h1 className="text-xl font-semibold tracking-tight break-words">
          <Text>{control.title}</Text>
        </h1>
        <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
          <ControlStateChip state={control.state} />
          <Tag>{t(`controls.shownBy.${control.shown_by}`)}</Tag>
          {control.own && <Tag>{t('controls.one.own')}</Tag>}
          <span className="font-mono text-xs text-muted">
            <Text>{control.id}</Text>
          </span>
        </div>
        <p className="mt-2 max-w-3xl text-muted">
          <Sentence>{control.text}</Sentence>
        </p>
      </header>
      <Calculation control={control} />
      <div className="grid gap-x-8 lg:grid-cols-2">
        <Owner control={control} />
        <Applicability control={control} />
      </div>
      <Requirements control={control} />
      <Populations control={control} />
    </article>
  )
}

function Requirements({ control }: { control: Control }) {
  const frameworks = useFrameworks()
  const titles = new Map(frameworks.data?.map((one) => [one.id, one.title]))
  const ids = [...new Set(control.requirements.map(({ framework }) => framework))]
  return (
    <Section title={t('controls.requirements.title')}>
      <div className={card}>
        {ids.length === 0 ? (
          <p className="px-4 py-4 text-muted">{t('controls.requirements.none')}</p>
        ) : (
          <dl className="divide-y divide-line">
            {ids.map((framework) => (
              <div key={framework} className="grid gap-x-4 gap-y-1 px-4 py-2.5 sm:grid-cols-[12rem_minmax(0,1fr)]">
                <dt>
                  <Link href={frameworkPath(framework)} className="rounded font-medium hover:underline">
                    <Text>{titles.get(framework) ?? framework}</Text>
                  </Link>
                </dt>
                <dd>
                  <ul className="flex flex-wrap gap-x-4 gap-y-1">
                    {control.requirements
                      .filter((one) => one.framework === framework)
                      .map((one) => (
                        <li key={one.id}>
                          <Link href={frameworkPath(framework, one.id)} className="rounded underline decoration-line-strong underline-offset-2 hover:decoration-current">
                            <Text>{one.id}</Text>
                          </Link>{' '}
                          <span className="text-sm text-muted">
                            <Text>{one.title}</Text>
                            {one.added && ` (${t('controls.requirements.added')})`}
                          </span>
                        </li>
                      ))}
                  </ul>
                </dd>
              </div>
            ))}
          </dl>
        )}
      </div>
    </Section>
  )
}

function Populations({ control }: { control: Control }) {
  const all = control.populations
  if (all.length === 0) return null
  return (
    <Section title={t('controls.populations.title')}>
      <ul className={`${card} divide-y divide-line`}>
        {all.map((one) => (
          <li key={`${one.connection} ${one.stream}`} className="flex flex-wrap items-baseline gap-x-4 gap-y-1 px-4 py-2.5">
            <Link
              href={`${connectionPath({ id: one.connection, alias: one.alias })}/data?${new URLSearchParams({ stream: one.stream }).toString()}`}
              aria-label={visible(t('controls.populations.open', { stream: one.stream, alias: one.alias }))}
              className="min-w-40 rounded font-medium hover:underline"
            >
              <Text>{one.alias}</Text> · <Text>{one.stream}</Text>
            </Link>
            <span className="tabular text-muted">{t('controls.populations.records', { count: one.records })}</span>
            {one.access_list && <Tag>{t('controls.populations.accessList')}</Tag>}
            <Time at={one.as_of} missing={t('tests.neverRead')} className="text-muted" />
            {one.stale && <span className="text-warn">{t('tests.sources.stale')}</span>}
            {!one.complete && <span className="text-warn">{t('tests.sources.part')}</span>}
            {(one.gaps ?? []).map((gap) => (
              <span key={gap} className="text-muted">
                <Sentence>{gap}</Sentence>
              </span>
            ))}
          </li>
        ))}
      </ul>
    </Section>
  )
}
