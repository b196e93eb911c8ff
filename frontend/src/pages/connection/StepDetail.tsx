import type { Run, Step } from '@/api/types'
import { plural } from '@/lib/numbers'
import { statement } from '@/lib/words'
import { Sentence, Text } from '@/ui/Text'
import { ProblemBlock } from './ProblemBlock'

export function StepDetail({ step, run }: { step: Step; run: Run }) {
  const gaps = gapsBeside(step)
  return (
    <div className="space-y-3">
      {step.error && <ProblemBlock problem={step.error} run={run} step={step} />}
      {gaps.length > 0 && (
        <div className="rounded-md border border-line">
          <h3 className="border-b border-line px-3 py-2 text-sm font-medium">{plural(gaps.length, 'part')} could not be read</h3>
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
