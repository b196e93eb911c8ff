import { X } from 'lucide-react'
import { asProblem } from '@/api/problem'
import { zonedTime } from '@/lib/time'
import { ExportButton } from '@/parts/export/ExportButton'
import { useTitle } from '@/ui/useTitle'
import { Fill } from '@/ui/Fill'
import { card } from '@/ui/Section'
import { ErrorState } from '@/ui/States'
import { Button } from '@/ui/Button'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { ChangeFilters } from './ChangeFilters'
import { ChangeList } from './ChangeList'
import { useHistorySummary } from './queries'
import { conditionsOf, useChangesState, useHistoryQuery } from './state'
import { Summary } from './Summary'

/** What was added, changed and removed: over a period, or by one run. */
export default function ChangesPage() {
  const [state, setState] = useChangesState()
  const query = useHistoryQuery(state)
  const summary = useHistorySummary(query)
  const { one } = useUrl()
  useTitle(t('changes.title'))
  return (
    <Fill>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold tracking-tight">{t('changes.title')}</h1>
        <ExportButton list="changes" filter={{ ...query, diff: true }} conditions={conditionsOf(state, query)} />
      </div>
      <p className="mt-0.5 flex flex-wrap items-center gap-x-2 text-muted">
        {state.run ? (
          <>
            {t('changes.ofRun', { run: state.run })}
            <Button size="sm" look="ghost" icon={<X size={13} aria-hidden />} onClick={() => setState({ run: '' })}>
              {t('changes.leaveRun')}
            </Button>
          </>
        ) : query.since ? (
          t(state.connection ? 'changes.sinceOf' : 'changes.since', { moment: zonedTime(query.since), connection: state.connection })
        ) : (
          t('changes.about')
        )}
      </p>
      <div className="mt-4">
        <ChangeFilters state={state} onChange={setState} totals={summary.data} />
      </div>
      {summary.isError ? (
        <ErrorState what={t('changes.failed')} problem={asProblem(summary.error)} onRetry={() => void summary.refetch()} />
      ) : (
        <>
          {summary.data && <Summary summary={summary.data} state={state} onChange={setState} folded={one('peek') !== ''} />}
          <div className={`${card} mt-3 flex min-h-64 flex-1 flex-col`}>
            <ChangeList query={query} state={state} summary={summary.data} onClear={() => setState({ q: '', change: '', stream: '', connection: '' })} />
          </div>
        </>
      )}
    </Fill>
  )
}
