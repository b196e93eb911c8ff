import type { Run } from '@/api/types'
import { t } from '@/words'
import { StepRow, columns } from './StepRow'

export function StepList({ run, runs }: { run: Run; runs: Run[] }) {
  return (
    <>
      <div aria-hidden className={`${columns} hidden h-8 border-b border-line px-4 text-xs text-muted md:grid`}>
        <span />
        <span>{t('run.step')}</span>
        <span className="text-right">{t('run.numbers.read')}</span>
        <span className="text-right">{t('run.numbers.added')}</span>
        <span className="text-right">{t('run.numbers.changed')}</span>
        <span className="text-right">{t('run.numbers.removed')}</span>
        <span className="text-right">{t('run.duration')}</span>
        <span />
      </div>
      <ol className="divide-y divide-line">
        {run.steps.map((step) => (
          <StepRow key={step.name} step={step} run={run} runs={runs} />
        ))}
      </ol>
    </>
  )
}
