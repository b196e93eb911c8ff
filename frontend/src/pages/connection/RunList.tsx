import { asProblem } from '@/api/problem'
import type { ConnectionStatus, Run } from '@/api/types'
import { count } from '@/lib/numbers'
import { duration, elapsed } from '@/lib/time'
import { starterWords } from '@/lib/words'
import { StatusWord } from '@/parts/StatusIcon'
import { DevelopmentMark } from '@/parts/TrustChip'
import { Button } from '@/ui/Button'
import { useKnownNow } from '@/ui/offline'
import { card, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { useRun, useRuns } from './queries'

interface Props {
  connection: ConnectionStatus
  selected: string
  onSelect: (run: string) => void
}

const head = 'h-8 px-4 text-xs font-medium text-muted whitespace-nowrap'

export function RunList({ connection, selected, onSelect }: Props) {
  const query = useRuns(connection.id)
  const latest = useRun(connection.last_run?.id ?? '', connection.last_run ?? undefined).data
  const runs = (query.data?.pages.flatMap((page) => page.items) ?? []).map((run) => (run.id === latest?.id ? latest : run))
  if (query.isSuccess && runs.length === 0) return null
  return (
    <Section title="Recent runs">
      <div className={card}>
        {query.isPending && <SkeletonRows rows={4} label="Loading runs" />}
        {query.isError && runs.length === 0 && (
          <ErrorState what="Runs could not be loaded" problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
        )}
        {runs.length > 0 && <RunTable runs={runs} selected={selected} onSelect={onSelect} />}
        {query.hasNextPage && (
          <div className="border-t border-line p-2 text-center">
            <Button size="sm" look="ghost" asksAgent busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
              Load more
            </Button>
          </div>
        )}
      </div>
    </Section>
  )
}

function RunTable({ runs, selected, onSelect }: { runs: Run[]; selected: string; onSelect: (run: string) => void }) {
  return (
    <table className="w-full text-sm">
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={head}>
            Result
          </th>
          <th scope="col" className={`${head} hidden sm:table-cell`}>
            Started by
          </th>
          <th scope="col" className={head}>
            Start
          </th>
          <th scope="col" className={`${head} text-right`}>
            Duration
          </th>
          <th scope="col" className={`${head} hidden text-right sm:table-cell`}>
            Changes
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {runs.map((run) => (
          <RunRow key={run.id} run={run} selected={run.id === selected} onSelect={() => onSelect(run.id)} />
        ))}
      </tbody>
    </table>
  )
}

function RunRow({ run, selected, onSelect }: { run: Run; selected: boolean; onSelect: () => void }) {
  const now = useKnownNow(!run.finished_at)
  const took = elapsed(run.started_at, run.finished_at, now)
  const select = () => {
    onSelect()
    window.scrollTo({ top: 0 })
  }
  return (
    <tr className={selected ? 'bg-hover' : 'hover:bg-hover'}>
      <th scope="row" className="h-10 px-4 font-normal">
        <span className="flex items-center gap-2">
          <button type="button" aria-pressed={selected} onClick={select} className="h-6 rounded hover:underline">
            <StatusWord status={run.status} />
          </button>
          <DevelopmentMark trust={run.connector_trust} />
        </span>
      </th>
      <td className="hidden px-4 text-muted sm:table-cell">
        <Text>{starterWords(run)}</Text>
      </td>
      <td className="px-4 whitespace-nowrap">
        <Time at={run.started_at ?? run.queued_at} />
      </td>
      <td className="tabular px-4 text-right whitespace-nowrap text-muted">{took === null ? '–' : duration(took)}</td>
      <td className="tabular hidden px-4 text-right whitespace-nowrap sm:table-cell">
        <Changes run={run} />
      </td>
    </tr>
  )
}

function Changes({ run }: { run: Run }) {
  const sum = (field: 'added' | 'changed' | 'removed') => run.steps.reduce((total, step) => total + step[field], 0)
  const parts = [
    { sign: '+', word: 'added', n: sum('added') },
    { sign: '~', word: 'changed', n: sum('changed') },
    { sign: '−', word: 'removed', n: sum('removed') },
  ].filter((part) => part.n > 0)
  if (parts.length === 0) return <span className="text-faint">None</span>
  return (
    <span className="inline-flex gap-3">
      {parts.map((part) => (
        <span key={part.word}>
          <span aria-hidden className="text-faint">
            {part.sign}
          </span>
          {count(part.n)}
          <span className="sr-only"> {part.word}</span>
        </span>
      ))}
    </span>
  )
}
