import { ChevronLeft, ChevronRight, Clock, ScrollText, WifiOff } from 'lucide-react'
import { useContext } from 'react'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus, Run } from '@/api/types'
import { runPath } from '@/lib/paths'
import { zonedTime } from '@/lib/time'
import { useConnectionVerbs } from '@/parts/connectionMenu'
import { queueSentence } from '@/parts/queue'
import { ProblemBlock } from '@/parts/run/ProblemBlock'
import { Reached } from '@/parts/run/Reached'
import { RunSummary } from '@/parts/run/RunSummary'
import { seenOf } from '@/parts/run/seen'
import { knownWords, saidByStep } from '@/parts/run/truth'
import { Button, ButtonLink } from '@/ui/Button'
import { LineContext } from '@/ui/offline'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { useKeys } from '@/ui/useKeys'
import { t } from '@/words'
import { useRun, useRuns } from './queries'
import { StepList } from './StepList'

interface Props {
  connection: ConnectionStatus
  /** The run that the address names; '' is the latest. */
  selected: string
  onSelect: (run: string) => void
}

/** The steps of one run: the current or last one, or the one picked from the list of runs. */
export function SyncStatus({ connection, selected, onSelect }: Props) {
  const latest = connection.last_run ?? undefined
  const earlier = selected !== '' && selected !== latest?.id
  const query = useRun(earlier ? selected : (latest?.id ?? ''), earlier ? undefined : latest)
  const runs = useRuns(connection.id).data?.pages.flatMap((page) => page.items) ?? []
  const run = query.data
  return (
    <Section
      title={t('run.syncStatus')}
      aside={
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          {run && <RunSummary run={run} history={connection.history} />}
          {run && <Neighbours run={run} runs={runs} latest={latest?.id ?? ''} onSelect={onSelect} />}
          {earlier && (
            <Button size="sm" onClick={() => onSelect('')}>
              {t('run.showLatest')}
            </Button>
          )}
        </div>
      }
    >
      {run ? <RunSteps key={run.id} run={run} runs={runs} /> : <NoRun query={query} earlier={earlier} connection={connection} />}
    </Section>
  )
}

/** The runs before and after, by button and by key. */
function Neighbours({ run, runs, latest, onSelect }: { run: Run; runs: Run[]; latest: string; onSelect: (run: string) => void }) {
  const at = runs.findIndex((one) => one.id === run.id)
  const go = (to: Run | undefined) => (to && at >= 0 ? () => onSelect(to.id === latest ? '' : to.id) : undefined)
  const older = go(runs[at + 1])
  const newer = go(runs[at - 1])
  useKeys({ older_run: older, newer_run: newer })
  if (!older && !newer) return null
  return (
    <span className="inline-flex gap-1">
      <Button size="sm" look="ghost" aria-label={t('run.older')} title={t('run.older')} disabled={!older} onClick={older} icon={<ChevronLeft size={14} aria-hidden />} />
      <Button size="sm" look="ghost" aria-label={t('run.newer')} title={t('run.newer')} disabled={!newer} onClick={newer} icon={<ChevronRight size={14} aria-hidden />} />
    </span>
  )
}

function NoRun({ query, earlier, connection }: { query: ReturnType<typeof useRun>; earlier: boolean; connection: ConnectionStatus }) {
  const verbs = useConnectionVerbs(connection)
  if (!earlier) {
    return (
      <div className={card}>
        <EmptyState
          title={t('run.none.title')}
          action={
            !connection.disconnection && (
              <Button asksAgent busy={verbs.busy} onClick={() => verbs.sync()}>
                {t('connection.header.sync')}
              </Button>
            )
          }
        >
          {t('run.none.about')}{' '}
          {connection.next_run_at && (
            <>
              {t('run.none.first')} <Time at={connection.next_run_at} />.
            </>
          )}
        </EmptyState>
      </div>
    )
  }
  if (query.isError) return <ErrorState what={t('run.notLoaded')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  return <SkeletonRows rows={4} label={t('run.loading')} />
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
            {t('run.goesOn')} <Time at={run.queue.until} />.
          </>
        )}
      </span>
    </p>
  )
}

/** Says that what is shown of a run that goes on has stopped, and when. */
function NotUpdated({ run }: { run: Run }) {
  const { offline, lostAt } = useContext(LineContext)
  if (!offline || lostAt === undefined || run.finished_at) return null
  return (
    <p className="flex items-center gap-2 border-b border-line bg-warn-soft px-4 py-2.5 text-sm" data-not-updated>
      <WifiOff size={14} aria-hidden className="shrink-0 text-warn" />
      {t('run.notUpdated', { at: zonedTime(new Date(lostAt).toISOString()) })}
    </p>
  )
}

function RunSteps({ run, runs }: { run: Run; runs: Run[] }) {
  const known = knownWords(run)
  return (
    <div className={card}>
      <NotUpdated run={run} />
      {known && (
        <p className="border-b border-line px-4 py-2.5 text-sm" data-known={run.status}>
          {known}
        </p>
      )}
      {run.error && !saidByStep(run) && (
        <div className="border-b border-line p-4">
          <ProblemBlock problem={run.error} run={run} seen={seenOf(run.error, '', run, runs)} />
        </div>
      )}
      {run.status === 'queued' && <Waiting run={run} />}
      {run.steps.length > 0 ? (
        <StepList run={run} runs={runs} />
      ) : (
        <p className="px-4 py-6 text-center text-muted">{t(run.status === 'queued' ? 'run.waitsTurn' : 'run.noSteps')}</p>
      )}
      <Reached run={run} />
      <div className="border-t border-line px-4 py-2">
        <ButtonLink size="sm" look="ghost" href={runPath(run.id)} icon={<ScrollText size={14} aria-hidden />}>
          {t('run.openLog')}
        </ButtonLink>
      </div>
    </div>
  )
}
