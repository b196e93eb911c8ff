import type { Run } from '@/api/types'
import { StepRow, columns } from './StepRow'

export function StepList({ run }: { run: Run }) {
  return (
    <>
      <div aria-hidden className={`${columns} hidden h-8 border-b border-line px-4 text-xs text-muted md:grid`}>
        <span />
        <span>Step</span>
        <span className="text-right">Read</span>
        <span className="text-right">Added</span>
        <span className="text-right">Changed</span>
        <span className="text-right">Removed</span>
        <span className="text-right">Duration</span>
        <span />
      </div>
      <ol className="divide-y divide-line">
        {run.steps.map((step) => (
          <StepRow key={step.name} step={step} run={run} />
        ))}
      </ol>
    </>
  )
}
