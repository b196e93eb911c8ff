import { useInfiniteQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { Link } from 'wouter'
import { findRuns, runQuery, type RunCause, type RunOutcome, type RunQuery } from '@/api/insights'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import type { Run } from '@/api/types'
import { connectionPath, runPath } from '@/lib/paths'
import { duration, elapsed, zonedTime } from '@/lib/time'
import { starterWords, statement } from '@/lib/words'
import { StatusWord } from '@/parts/StatusIcon'
import { Button } from '@/ui/Button'
import { card } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { useTitle } from '@/ui/useTitle'
import { useUrl, type Url } from '@/ui/useUrl'
import { t } from '@/words'

/** Runs of all connections that pass the filter of the address: the lists behind the figures of insights. */
export default function RunsPage() {
  const url = useUrl()
  const asked = runQuery(url)
  const query = useInfiniteQuery({
    queryKey: keys.foundRuns(asked),
    queryFn: ({ pageParam, signal }) => findRuns(asked, pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next_cursor || undefined,
  })
  useTitle(t('insights.runs.title'))
  const runs = query.data?.pages.flatMap((page) => page.items) ?? []
  const matched = query.data?.pages[0]?.matched
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">{t('insights.runs.title')}</h1>
      <p role="status" className="mt-0.5 text-muted">
        {matched === undefined ? t('insights.runs.about') : t('insights.runs.count', { count: matched })}
      </p>
      <Conditions url={url} asked={asked} />
      <div className={`${card} mt-3`}>
        {query.isPending && <SkeletonRows rows={6} label={t('insights.runs.loading')} />}
        {query.isError && runs.length === 0 && <ErrorState what={t('insights.runs.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
        {query.isSuccess && runs.length === 0 && <EmptyState title={t('insights.runs.none')}>{t('insights.runs.noneAbout')}</EmptyState>}
        {runs.length > 0 && <Table runs={runs} />}
        {query.hasNextPage && (
          <div className="border-t border-line p-2 text-center">
            <Button size="sm" look="ghost" asksAgent busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              {t('insights.runs.more')}
            </Button>
          </div>
        )}
      </div>
    </>
  )
}

/** What the list is narrowed to; each condition can be dropped. */
function Conditions({ url, asked }: { url: Url; asked: RunQuery }) {
  const all: [name: string, text: string, rest: string[]][] = []
  const drop = (values: readonly string[] | undefined, value: string) => (values ?? []).filter((one) => one !== value)
  for (const value of asked.outcome ?? []) all.push(['outcome', t(`insights.outcome.${value as RunOutcome}`), drop(asked.outcome ?? [], value)])
  for (const value of asked.cause ?? []) all.push(['cause', t(`insights.cause.${value as RunCause}`), drop(asked.cause ?? [], value)])
  if (asked.late) all.push(['late', t('insights.runs.late'), []])
  for (const value of asked.connection ?? []) all.push(['connection', t('insights.only', { name: t('insights.group.connection'), value }), drop(asked.connection ?? [], value)])
  for (const name of ['connector', 'category', 'owner'] as const) {
    const value = asked[name]
    if (value) all.push([name, t('insights.only', { name: t(`insights.group.${name}`), value }), []])
  }
  if (asked.since) all.push(['since', t('insights.runs.since', { moment: momentWords(asked.since) }), []])
  if (asked.until) all.push(['until', t('insights.runs.until', { moment: momentWords(asked.until) }), []])
  if (all.length === 0) return null
  return (
    <ul aria-label={t('insights.runs.conditions')} className="mt-3 flex flex-wrap gap-2">
      {all.map(([name, text, rest]) => (
        <li key={`${name} ${text}`}>
          <Button size="sm" icon={<X size={13} aria-hidden />} aria-label={t('insights.runs.drop', { condition: text })} onClick={() => url.set({ [name]: rest })}>
            {text}
          </Button>
        </li>
      ))}
    </ul>
  )
}

const momentWords = (text: string) => (text.includes('T') ? zonedTime(text) : text)

const head = 'h-8 px-4 text-xs font-medium text-muted whitespace-nowrap'

function Table({ runs }: { runs: Run[] }) {
  return (
    <table className="w-full text-sm">
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={head}>
            {t('insights.group.connection')}
          </th>
          <th scope="col" className={head}>
            {t('run.list.result')}
          </th>
          <th scope="col" className={`${head} hidden md:table-cell`}>
            {t('insights.runs.why')}
          </th>
          <th scope="col" className={`${head} hidden lg:table-cell`}>
            {t('run.list.by')}
          </th>
          <th scope="col" className={head}>
            {t('run.list.start')}
          </th>
          <th scope="col" className={`${head} hidden text-right sm:table-cell`}>
            {t('run.duration')}
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {runs.map((run) => (
          <Row key={run.id} run={run} />
        ))}
      </tbody>
    </table>
  )
}

function Row({ run }: { run: Run }) {
  const took = run.finished_at ? elapsed(run.started_at, run.finished_at, 0) : null
  const problem = run.error ?? run.steps.find((step) => step.error)?.error ?? run.steps.find((step) => (step.gaps ?? []).length > 0)?.gaps?.[0]?.error
  return (
    <tr className="hover:bg-hover" data-run={run.id} data-run-status={run.status}>
      <th scope="row" className="h-10 px-4 font-normal">
        <Link href={connectionPath({ id: run.connection, alias: run.alias })} className="rounded py-0.5 hover:underline">
          <Text>{run.alias}</Text>
        </Link>
      </th>
      <td className="px-4 whitespace-nowrap">
        <Link href={runPath(run.id)} className="inline-block rounded py-0.5 hover:underline">
          <StatusWord status={run.status} />
        </Link>
      </td>
      <td className="hidden max-w-96 truncate px-4 text-muted md:table-cell">{problem && <Sentence>{statement(problem.message)}</Sentence>}</td>
      <td className="hidden px-4 text-muted lg:table-cell">
        <Text>{starterWords(run)}</Text>
      </td>
      <td className="px-4 whitespace-nowrap">
        <Time at={run.started_at ?? run.queued_at} />
      </td>
      <td className="tabular hidden px-4 text-right whitespace-nowrap text-muted sm:table-cell">{took === null ? '–' : duration(took)}</td>
    </tr>
  )
}
