import { asProblem } from '@/api/problem'
import { summaryFeedbackFile } from '@/api/summary'
import { card, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'
import { ModelForm } from './ModelForm'
import { useSummarySettings } from './queries'

/** Which language model the AI Summary asks, if any. */
export function ModelSettings() {
  const { data, error, refetch } = useSummarySettings()
  return (
    <Section title={t('settings.summary.title')}>
      <p className="mb-2 max-w-prose text-sm text-muted">{t('summary.settings.about')}</p>
      <div className={card}>
        {error && !data ? (
          <ErrorState what={t('summary.settings.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : !data ? (
          <SkeletonRows rows={3} label={t('summary.settings.loading')} />
        ) : (
          <div className="space-y-3 px-4 py-3 text-sm" data-model={data.configured ? 'on' : 'off'}>
            <p>
              {data.settings
                ? t('summary.settings.state.on', { model: data.settings.model, address: data.settings.address })
                : t('summary.settings.state.off')}
            </p>
            {data.problem && (
              <p role="alert" className="text-bad">
                <Sentence>{data.problem.message}</Sentence> <Sentence>{data.problem.remedy}</Sentence>
              </p>
            )}
            <ModelForm key={data.revision} configuration={data} />
          </div>
        )}
      </div>
      <p className="mt-2 text-sm text-muted">
        <a href={summaryFeedbackFile} download className="text-accent underline">
          {t('summary.settings.feedback')}
        </a>{' '}
        {t('summary.settings.feedbackMeaning')}
      </p>
    </Section>
  )
}
