import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus, Run } from '@/api/types'
import { runPath } from '@/lib/paths'
import { duration, elapsed } from '@/lib/time'
import { starterWords } from '@/lib/words'
import { ChangeCounts } from '@/parts/run/ChangeCounts'
import { StatusWord } from '@/parts/StatusIcon'
import { DevelopmentMark } from '@/parts/TrustChip'
import { Button } from '@/ui/Button'
import { Checkbox } from '@/ui/Field'
import { useKnownNow } from '@/ui/offline'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { Comparison } from './Comparison'
import { useRun, useRuns } from './queries'

const head = 'h-8 px-2 sm:px-4 text-xs font-medium text-muted whitespace-nowrap'

/** Every run that is kept, newest first. Two of them can be put side by side. */
export function RunsTab({ connection }: { connection: ConnectionStatus }) {
  const query = useRuns(connection.id)
  const latest = useRun(connection.last_run?.id ?? '', connection.last_run ?? undefined).data
  const runs = (query.data?.pages.flatMap((page) => page.items) ?? []).map((run) => (run.id === latest?.id ? latest : run))
  const url = useUrl()
  const compared = url.all('compare').slice(0, 2)
  const toggle = (id: string) =>
    url.set({ compare: compared.includes(id) ? compared.filter((one) => one !== id) : [...compared.slice(-1), id] })
  return (
    <>
      {compared.length === 2 && <Comparison ids={compared} connection={connection} onClose={() => url.set({ compare: [] })} />}
      <Section title={t('run.list.title')} aside={<p className="text-sm text-muted">{t('run.list.compareHint')}</p>}>
        <div className={card}>
          {query.isPending && <SkeletonRows rows={4} label={t('run.list.loading')} />}
          {query.isError && runs.length === 0 && (
            <ErrorState what={t('run.list.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
          )}
          {query.isSuccess && runs.length === 0 && <EmptyState title={t('run.none.title')}>{t('run.none.about')}</EmptyState>}
          {runs.length > 0 && <RunTable runs={runs} compared={compared} onCompare={toggle} />}
          {query.hasNextPage && (
            <div className="border-t border-line p-2 text-center">
              <Button size="sm" look="ghost" asksAgent busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {t('run.list.more')}
              </Button>
            </div>
          )}
        </div>
      </Section>
    </>
  )
}

interface TableProps {
  runs: Run[]
  compared: string[]
  onCompare: (id: string) => void
}

function RunTable({ runs, compared, onCompare }: TableProps) {
  const longest = Math.max(1, ...runs.map((run) => elapsed(run.started_at, run.finished_at, 0) ?? 0))
  return (
    <table className="w-full text-sm">
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={`${head} w-8`}>
            <span className="sr-only">{t('run.list.compare')}</span>
          </th>
          <th scope="col" className={head}>
            {t('run.list.result')}
          </th>
          <th scope="col" className={`${head} hidden sm:table-cell`}>
            {t('run.list.by')}
          </th>
          <th scope="col" className={head}>
            {t('run.list.start')}
          </th>
          <th scope="col" className={`${head} text-right`}>
            {t('run.duration')}
          </th>
          <th scope="col" className={`${head} hidden text-right sm:table-cell`}>
            {t('run.list.changes')}
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {runs.map((run) => (
          <RunRow key={run.id} run={run} longest={longest} checked={compared.includes(run.id)} onCompare={() => onCompare(run.id)} />
        ))}
      </tbody>
    </table>
  )
}

interface RowProps {
  run: Run
  /** Seconds of the longest run on the page: its bar is full. */
  longest: number
  checked: boolean
  onCompare: () => void
}

function RunRow({ run, longest, checked, onCompare }: RowProps) {
  const now = useKnownNow(!run.finished_at)
  const took = elapsed(run.started_at, run.finished_at, now)
  const failing = run.steps.filter((step) => step.error).length
  return (
    <tr className={checked ? 'bg-hover' : 'hover:bg-hover'} data-run={run.id} data-run-status={run.status}>
      <td className="pl-2 sm:pl-4">
        <label className="flex size-6 items-center justify-center">
          <Checkbox checked={checked} onChange={onCompare} aria-label={t('run.list.compareOne', { id: run.id })} />
        </label>
      </td>
      <th scope="row" className="h-11 px-2 font-normal sm:px-4">
        <span className="flex flex-wrap items-center gap-x-2">
          <Link href={runPath(run.id)} className="inline-block rounded py-0.5 hover:underline">
            <StatusWord status={run.status} />
          </Link>
          <DevelopmentMark trust={run.connector_trust} />
          {failing > 0 && <span className="text-xs text-muted">{t('run.list.failing', { count: failing })}</span>}
        </span>
      </th>
      <td className="hidden px-4 text-muted sm:table-cell">
        <Text>{starterWords(run)}</Text>
      </td>
      <td className="px-2 whitespace-nowrap sm:px-4">
        <Time at={run.started_at ?? run.queued_at} />
      </td>
      <td className="tabular px-2 text-right whitespace-nowrap text-muted sm:px-4">
        {took === null ? '–' : duration(took)}
        {took !== null && (
          <span aria-hidden className="mt-0.5 ml-auto block h-1 w-14 rounded-full sm:w-20 bg-sunken">
            <span className="block h-full rounded-full bg-line-strong" style={{ width: `${Math.min(100, (took / longest) * 100)}%` }} />
          </span>
        )}
      </td>
      <td className="hidden px-4 text-right whitespace-nowrap sm:table-cell">
        <ChangeCounts run={run} />
      </td>
    </tr>
  )
}
