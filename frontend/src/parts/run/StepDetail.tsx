import type { ReactNode } from 'react'
import type { Run, Step } from '@/api/types'
import { statement } from '@/lib/words'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import { ProblemBlock } from './ProblemBlock'
import { seenOf } from './seen'

interface Props {
  step: Step
  run: Run
  /** The runs that are known of the connection, newest first. */
  runs?: Run[]
  action?: ReactNode
}

export function StepDetail({ step, run, runs, action }: Props) {
  const gaps = gapsBeside(step)
  return (
    <div className="space-y-3">
      {step.error && (
        <ProblemBlock problem={step.error} run={run} step={step} seen={runs && seenOf(step.error, step.name, run, runs)} action={action} />
      )}
      {gaps.length > 0 && (
        <div className="rounded-md border border-line">
          <h3 className="border-b border-line px-3 py-2 text-sm font-medium">{t('run.gaps', { count: gaps.length })}</h3>
          <ul className="divide-y divide-line">
            {gaps.map((gap) => (
              <li key={gap.scope} className="px-3 py-2 text-sm">
                <p className="font-mono text-xs">
                  <Text>{gap.scope}</Text>
                </p>
                <p className="mt-0.5">
                  <Sentence>{statement(gap.error.message)}</Sentence>
                </p>
                {gap.error.remedy && (
                  <p className="text-muted">
                    <Sentence>{gap.error.remedy}</Sentence>
                  </p>
                )}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}

/** The parts that could not be read. One alone, which is the error of the step, has been said. */
function gapsBeside({ error, gaps }: Step): Step['gaps'] {
  const [only] = gaps
  return gaps.length === 1 && only && error?.scope === only.scope ? [] : gaps
}
