import { Clock } from 'lucide-react'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus, Run } from '@/api/types'
import { plural } from '@/lib/numbers'
import { duration, elapsed } from '@/lib/time'
import { programWords } from '@/lib/trust'
import { startedWords } from '@/lib/words'
import { useConnectionVerbs } from '@/parts/connectionMenu'
import { queueSentence } from '@/parts/queue'
import { StatusWord } from '@/parts/StatusIcon'
import { TrustChip } from '@/parts/TrustChip'
import { Button } from '@/ui/Button'
import { useKnownNow } from '@/ui/offline'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { ProblemBlock } from './ProblemBlock'
import { useRun } from './queries'
import { Reached } from './Reached'
import { RunLog } from './RunLog'
import { StepList } from './StepList'

interface Props {
  connection: ConnectionStatus
  selected: string
  onLatest: () => void
}

/** The steps of one run: the current or last one, or the one picked from the list of runs. */
export function SyncStatus({ connection, selected, onLatest }: Props) {
  const latest = connection.last_run ?? undefined
  const earlier = selected !== '' && selected !== latest?.id
  const query = useRun(earlier ? selected : (latest?.id ?? ''), earlier ? undefined : latest)
  const run = query.data
  return (
    <Section
      title="Sync Status"
      aside={
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {run && <RunSummary run={run} />}
          {earlier && (
            <Button size="sm" onClick={onLatest}>
              Show the latest run
            </Button>
          )}
        </div>
      }
    >
      {run ? <RunSteps key={run.id} run={run} /> : <NoRun query={query} earlier={earlier} connection={connection} />}
    </Section>
  )
}

function NoRun({ query, earlier, connection }: { query: ReturnType<typeof useRun>; earlier: boolean; connection: ConnectionStatus }) {
  const verbs = useConnectionVerbs(connection)
  if (!earlier) {
    return (
      <div className={card}>
        <EmptyState
          title="No steps yet"
          action={
            <Button asksAgent busy={verbs.busy} onClick={() => verbs.sync()}>
              Sync now
            </Button>
          }
        >
          Each sync shows its steps here as they happen.{' '}
          {connection.next_run_at && (
            <>
              The first one starts <Time at={connection.next_run_at} />.
            </>
          )}
        </EmptyState>
      </div>
    )
  }
  if (query.isError) return <ErrorState what="This run could not be loaded" problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  return <SkeletonRows rows={4} label="Loading the run" />
}

function RunSummary({ run }: { run: Run }) {
  const now = useKnownNow(!run.finished_at)
  const took = elapsed(run.started_at, run.finished_at, now)
  const program = programWords(run)
  return (
    <p className="flex flex-wrap items-center gap-x-3 text-sm text-muted" data-run-status={run.status} data-run-id={run.id}>
      <StatusWord status={run.status} />
      <Text>{startedWords(run)}</Text>
      <Time at={run.started_at ?? run.queued_at} />
      {took !== null && <span className="tabular">{duration(took)}</span>}
      {program && (
        <span title={run.connector_sha256 && `SHA-256 ${run.connector_sha256}`}>
          <Text>{program}</Text>
        </span>
      )}
      <TrustChip connector={run.connector} trust={run.connector_trust} />
    </p>
  )
}

/** What a queued run waits for, and until when if that is known. */
function Waiting({ run }: { run: Run }) {
  const sentence = queueSentence(run)
  if (!sentence) return null
  return (
    <p className="flex items-center gap-2 border-b border-line px-4 py-3 text-sm text-muted">
      <Clock size={14} aria-hidden className="shrink-0" />
      <span>
        <Sentence>{sentence}</Sentence>
        {run.queue?.until && (
          <>
            {' '}
            It can go on <Time at={run.queue.until} />.
          </>
        )}
      </span>
    </p>
  )
}

function RunSteps({ run }: { run: Run }) {
  return (
    <div className={card}>
      {run.error && !saidByStep(run) && (
        <div className="border-b border-line p-4">
          <ProblemBlock problem={run.error} run={run} />
        </div>
      )}
      {run.status === 'queued' && <Waiting run={run} />}
      {run.steps.length > 0 ? (
        <StepList run={run} />
      ) : (
        <p className="px-4 py-6 text-center text-muted">
          {run.status === 'queued' ? 'Waiting for its turn.' : `This run recorded ${plural(0, 'step')}.`}
        </p>
      )}
      <Reached run={run} />
      <RunLog run={run} />
    </div>
  )
}

/** A step that ended with the run's own error shows it where it happened; once is enough. */
const saidByStep = ({ error, steps }: Run) => steps.some((step) => step.error?.code === error?.code && step.error?.message === error?.message)
