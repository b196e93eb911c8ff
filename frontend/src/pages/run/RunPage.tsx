import { ChevronLeft, ChevronRight } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { asProblem } from '@/api/problem'
import type { Run } from '@/api/types'
import { connectionPath, runPath } from '@/lib/paths'
import { zonedTime } from '@/lib/time'
import { ChangeCounts } from '@/parts/run/ChangeCounts'
import { ExplanationCard } from '@/parts/explanation/ExplanationCard'
import { ProblemBlock } from '@/parts/run/ProblemBlock'
import { RunSummary } from '@/parts/run/RunSummary'
import { seenOf } from '@/parts/run/seen'
import { StepDetail } from '@/parts/run/StepDetail'
import { knownWords, sameAs, saidByStep } from '@/parts/run/truth'
import { CancelRunButton } from '@/parts/run/CancelRunButton'
import { SummaryCard } from '@/parts/summary/SummaryCard'
import { ButtonLink, IconButton } from '@/ui/Button'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { useKeys } from '@/ui/useKeys'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { useLogState } from './logState'
import { LogView } from './LogView'
import { useConnection, useRun, useRuns } from './queries'
import { Timeline } from './Timeline'

export default function RunPage({ id }: { id: string }) {
  const query = useRun(id)
  const run = query.data
  useTitle(run ? t('run.title', { alias: run.alias, at: zonedTime(run.started_at ?? run.queued_at) }) : t('run.run'))
  if (query.isPending) return <SkeletonRows rows={5} label={t('run.loading')} />
  if (!run) {
    const problem = asProblem(query.error)
    if (problem.code !== 'not_found') return <ErrorState heading="h1" what={t('run.notLoaded')} problem={problem} onRetry={() => void query.refetch()} />
    return (
      <EmptyState heading="h1" title={t('run.missing.title')} action={<ButtonLink href="/connections">{t('connection.missing.go')}</ButtonLink>}>
        {t('run.missing.why')}
      </EmptyState>
    )
  }
  return <Shown run={run} />
}

function Shown({ run }: { run: Run }) {
  const connection = useConnection(run.connection).data
  const runs = useRuns(run.connection).data?.pages.flatMap((page) => page.items) ?? []
  const [state, change] = useLogState()
  const known = knownWords(run)
  const failing = run.steps.filter((step) => (step.error || step.gaps.length > 0) && !sameAs(step, run))
  const shown = failing.find((step) => step.name === state.step) ?? (state.step === '' ? failing[0] : undefined)
  return (
    <>
      <header className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight">
            {t('run.heading')}{' '}
            <Link href={connectionPath({ id: run.connection, alias: connection?.alias ?? run.alias })} className="text-accent hover:underline">
              <Text>{connection?.alias ?? run.alias}</Text>
            </Link>
          </h1>
          <div className="mt-1">
            <RunSummary run={run} history={connection?.history ?? []} />
          </div>
          {known && (
            <p className="mt-1 text-sm" data-known={run.status}>
              {known}
            </p>
          )}
        </div>
        <div className="flex flex-wrap items-center gap-3">
          <span className="text-sm">
            <span className="text-muted">{t('run.list.changes')}:</span> <ChangeCounts run={run} />
          </span>
          {!run.finished_at && <CancelRunButton run={run.id} />}
          <Neighbours run={run} runs={runs} />
        </div>
      </header>
      {run.error && !saidByStep(run) && (
        <div className="mt-4">
          <ProblemBlock problem={run.error} run={run} seen={seenOf(run.error, '', run, runs)} />
        </div>
      )}
      {shown && (
        <div className="mt-4">
          <StepDetail step={shown} run={run} runs={runs} />
        </div>
      )}
      <ExplanationCard
        connection={{ id: run.connection, alias: connection?.alias ?? run.alias, connector: run.connector }}
        run={run.id}
        wanted={Boolean(run.finished_at) && run.status !== 'succeeded'}
      />
      {connection && <SummaryCard connection={connection} run={run.id} wanted={connection.health === 'unhealthy' && run.status !== 'succeeded'} />}
      <div className="mt-4 grid overflow-hidden rounded-lg border border-line bg-panel md:grid-cols-[17rem_minmax(0,1fr)]">
        <section aria-label={t('run.timeline.title')} className="border-b border-line md:max-h-[calc(100dvh-13rem)] md:overflow-y-auto md:border-r md:border-b-0">
          <Timeline run={run} step={state.step} onStep={(step) => change({ step, line: 0 })} />
        </section>
        <section aria-label={t('run.log.title')} className="h-[calc(100dvh-13rem)] min-h-96 min-w-0">
          <LogView key={run.id} run={run} />
        </section>
      </div>
    </>
  )
}

function Neighbours({ run, runs }: { run: Run; runs: Run[] }) {
  const [, navigate] = useLocation()
  const at = runs.findIndex((one) => one.id === run.id)
  const go = (to: Run | undefined) => (to && at >= 0 ? () => navigate(runPath(to.id)) : undefined)
  const [older, newer] = [go(runs[at + 1]), go(runs[at - 1])]
  useKeys({ older_run: older, newer_run: newer })
  return (
    <span className="inline-flex">
      <IconButton label={t('run.older')} disabled={!older} onClick={older}>
        <ChevronLeft size={16} aria-hidden />
      </IconButton>
      <IconButton label={t('run.newer')} disabled={!newer} onClick={newer}>
        <ChevronRight size={16} aria-hidden />
      </IconButton>
    </span>
  )
}
