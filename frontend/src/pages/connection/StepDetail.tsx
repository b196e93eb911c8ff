import type { Run, Step } from '@/api/types'
import { plural } from '@/lib/numbers'
import { ProblemBlock } from './ProblemBlock'

export function StepDetail({ step, run }: { step: Step; run: Run }) {
  return (
    <div className="space-y-3">
      {step.error && <ProblemBlock problem={step.error} run={run} step={step} />}
      {step.gaps.length > 0 && (
        <div className="rounded-md border border-line">
          <h3 className="border-b border-line px-3 py-2 text-sm font-medium">{plural(step.gaps.length, 'part')} could not be read</h3>
          <ul className="divide-y divide-line">
            {step.gaps.map((gap) => (
              <li key={gap.scope} className="px-3 py-2 text-sm">
                <p className="font-mono text-xs">{gap.scope}</p>
                <p className="mt-0.5">{gap.error.message}</p>
                {gap.error.remedy && <p className="text-muted">{gap.error.remedy}</p>}
              </li>
            ))}
          </ul>
        </div>
      )}
    </div>
  )
}
