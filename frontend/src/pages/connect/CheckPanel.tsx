import { useEffect, useRef } from 'react'
import type { Check, Probe } from '@/api/types'
import { duration } from '@/lib/time'
import { statement } from '@/lib/words'
import { cx } from '@/ui/cx'
import { Sentence, Text } from '@/ui/Text'
import { lookOf, ProbeIcon } from './ProbeMark'
import { verdictOf } from './verdict'

/** Every probe of a check as it comes in. */
export function CheckPanel({ check }: { check: Check }) {
  const panel = useRef<HTMLElement>(null)
  useEffect(() => {
    panel.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
  }, [check.probes.length, check.status])
  const verdict = verdictOf(check)
  return (
    <section
      ref={panel}
      aria-label="Check"
      aria-busy={check.status === 'running'}
      data-verdict={verdict.state}
      className="scroll-mt-18 scroll-mb-34 rounded-lg border border-line bg-panel"
    >
      <div role="status" className="flex min-h-10 flex-wrap items-center gap-x-2 border-b border-line px-4 py-2 text-sm">
        <ProbeIcon state={verdict.state} />
        <span className="font-medium">{verdict.title}</span>
        {check.identity && (
          <span className="text-muted">
            as <Text>{check.identity}</Text>
          </span>
        )}
      </div>
      {check.error && (
        <div className="border-b border-line px-4 py-3 text-sm last:border-b-0">
          <p className="text-bad">
            <Sentence>{statement(check.error.message)}</Sentence>
          </p>
          {check.error.remedy && (
            <p className="mt-0.5 text-muted">
              <Sentence>{check.error.remedy}</Sentence>
            </p>
          )}
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
  const look = lookOf(probe.state, probe.required)
  const remedy = probe.error?.remedy
  const message = probe.message || probe.error?.message
  return (
    <li className="flex gap-2.5 px-4 py-2 text-sm" data-probe={probe.id} data-state={probe.state} data-tone={look.tone}>
      <span className="flex h-5 items-center">
        <ProbeIcon state={probe.state} required={probe.required} />
      </span>
      <div className="min-w-0 flex-1">
        <p>
          <span className="font-medium">
            <Text>{probe.title}</Text>
          </span>{' '}
          <span className="text-muted">{probe.permission ? look.granted : look.word}</span>
          {!probe.required && <span className="text-xs text-faint"> · optional</span>}
        </p>
        {message && (
          <p className="text-muted">
            <Sentence>{statement(message)}</Sentence>
          </p>
        )}
        {remedy && (
          <p className={cx('mt-0.5', look.tone === 'quiet' && 'text-muted')}>
            <Sentence>{remedy}</Sentence>
          </p>
        )}
      </div>
      <span className="tabular shrink-0 text-xs leading-5 text-faint">{probe.seconds > 0 ? duration(probe.seconds) : ''}</span>
    </li>
  )
}
