import { FileSpreadsheet, FileText } from 'lucide-react'
import type { Insights } from '@/api/insights'
import { asProblem } from '@/api/problem'
import { zonedTime } from '@/lib/time'
import { Button, ButtonLink } from '@/ui/Button'
import { card } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { Calendar } from './Calendar'
import { Causes } from './Causes'
import { DaysChart } from './DaysChart'
import { saveCsv, saveMarkdown } from './exported'
import { Filters } from './Filters'
import { Credentials, Freshness, Updates } from './Now'
import { useInsights } from './queries'
import { Reliability, Totals } from './Reliability'
import { useInsightsQuery, useInsightsState, type InsightsState } from './state'

/** How reliably everything is read, what keeps it from that, and what is about to. */
export default function InsightsPage() {
  const [state, setState] = useInsightsState()
  const query = useInsights(useInsightsQuery(state))
  const { data } = query
  useTitle(t('insights.title'))
  return (
    <>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <h1 className="text-xl font-semibold tracking-tight">{t('insights.title')}</h1>
        {data?.enough && (
          <div className="flex flex-wrap gap-2">
            <Button icon={<FileSpreadsheet size={14} aria-hidden />} onClick={() => saveCsv(data)}>
              {t('insights.saveCsv')}
            </Button>
            <Button icon={<FileText size={14} aria-hidden />} onClick={() => saveMarkdown(data)}>
              {t('insights.saveMarkdown')}
            </Button>
          </div>
        )}
      </div>
      <p className="mt-0.5 text-muted">
        {data ? t('insights.span', { since: zonedTime(data.since), until: zonedTime(data.until), zone: data.zone }) : t('insights.about')}
      </p>
      <Filters state={state} onChange={setState} />
      {query.isPending && (
        <div className={`${card} mt-4`}>
          <SkeletonRows rows={6} label={t('insights.loading')} />
        </div>
      )}
      {query.isError && !data && <ErrorState what={t('insights.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />}
      {data && <Body answer={data} state={state} />}
    </>
  )
}

function Body({ answer, state }: { answer: Insights; state: InsightsState }) {
  return (
    <>
      {answer.enough ? (
        <>
          <Totals answer={answer} state={state} />
          <DaysChart answer={answer} state={state} />
          <Reliability answer={answer} state={state} />
          <Causes answer={answer} state={state} />
          <Calendar answer={answer} state={state} />
        </>
      ) : (
        <div className={`${card} mt-4`}>
          {answer.connections === 0 ? (
            <EmptyState title={t('insights.none.title')} action={<ButtonLink href="/connections/available">{t('insights.none.action')}</ButtonLink>}>
              {t('insights.none.about')}
            </EmptyState>
          ) : (
            <EmptyState title={t('insights.few.title')} action={<ButtonLink href="/connections">{t('insights.few.action')}</ButtonLink>}>
              {t('insights.few.about', { count: answer.total.runs })}
            </EmptyState>
          )}
        </div>
      )}
      <Freshness answer={answer} />
      <Credentials answer={answer} />
      <Updates />
    </>
  )
}
