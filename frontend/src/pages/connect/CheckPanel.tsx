import { useEffect, useRef } from 'react'
import type { Check, Probe } from '@/api/types'
import { duration } from '@/lib/time'
import { cx } from '@/ui/cx'
import { lookOf, ProbeIcon } from './ProbeMark'

const verdicts: Record<string, string> = {
  running: 'Checking',
  ok: 'The check passed',
  failed: 'The check failed',
}

/** Every probe of a check as it comes in. */
export function CheckPanel({ check, stale }: { check: Check; stale: boolean }) {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    panel.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
  }, [check.probes.length, check.status])
  return (
    <section
      ref={panel}
      aria-label="Check" 
      aria-busy={check.status === 'running'}
      className={cx('scroll-mt-18 scroll-mb-34 rounded-lg border border-line bg-panel', stale && 'border-dashed')}
    >
      <div role="status" className="flex min-h-10 flex-wrap items-center gap-x-2 border-b border-line px-4 py-2 text-sm">
        <span className="font-medium">{verdicts[check.status] ?? check.status}</span>
        {check.identity && <span className="text-muted">as {check.identity}</span>}
        {stale && <span className="text-muted">· with the settings as they were</span>}
      </div>
      {check.error && (
        <div className="border-b border-line px-4 py-3 text-sm last:border-b-0">
          <p className="text-bad">{check.error.message}</p>
          {check.error.remedy && <p className="mt-0.5 text-muted">{check.error.remedy}</p>}
        </div>
      )}
      <ol className="divide-y divide-line">
        {check.probes.map((probe) => (
          <ProbeRow key={probe.id} probe={probe} />
        ))}
      </ol>
    </section>
  )
}

function ProbeRow({ probe }: { probe: Probe }) {
  const look = lookOf(probe.state)
  const remedy = probe.error?.remedy
  const message = probe.message || probe.error?.message
  return (
    <li className="flex gap-2.5 px-4 py-2 text-sm" data-probe={probe.id} data-state={probe.state}>
      <span className="flex h-5 items-center">
        <ProbeIcon state={probe.state} />
      </span>
      <div className="min-w-0 flex-1">
        <p>
          <span className="font-medium">{probe.title}</span>{' '}
          <span className="text-muted">{probe.permission ? look.granted : look.word}</span>
          {!probe.required && <span className="text-xs text-faint"> · optional</span>}
        </p>
        {message && <p className="text-muted">{message}</p>}
        {remedy && <p className="mt-0.5">{remedy}</p>}
      </div>
      <span className="tabular shrink-0 text-xs leading-5 text-faint">{probe.seconds > 0 ? duration(probe.seconds) : ''}</span>
    </li>
  )
}
