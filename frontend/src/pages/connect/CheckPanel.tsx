import { useEffect, useRef } from 'react'
import type { Check, Probe } from '@/api/types'
import { duration } from '@/lib/time'
import { statement } from '@/lib/words'
import { cx } from '@/ui/cx'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import { Remedy } from './ErrorSummary'
import { inTitles } from './plain'
import { lookOf, ProbeIcon } from './ProbeMark'
import { tooBroad, verdictOf } from './verdict'

type Titles = ReadonlyMap<string, string>

/** Every probe of a check as it comes in. */
export function CheckPanel({ check, name, titles }: { check: Check; name: string; titles: Titles }) {
  const panel = useRef<HTMLDivElement>(null)
  useEffect(() => {
    panel.current?.scrollIntoView({ block: 'nearest', behavior: 'smooth' })
  }, [check.probes.length, check.status])
  const verdict = verdictOf(check)
  return (
    <div
      ref={panel}
      role="group"
      aria-label={t('connect.check.results')}
      aria-busy={check.status === 'running'}
      data-verdict={verdict.state}
      className="scroll-mt-18 scroll-mb-34 rounded-lg border border-line bg-panel"
    >
      <div role="status" className="flex min-h-10 flex-wrap items-center gap-x-2 border-b border-line px-4 py-2 text-sm">
        <ProbeIcon state={verdict.state} />
        <span className="font-medium">{verdict.title}</span>
        {check.identity && (
          <span className="text-muted">
            {t('connect.check.as')} <Text>{check.identity}</Text>
          </span>
        )}
      </div>
      {tooBroad(check).length > 0 && (
        <p className="border-b border-line bg-warn-soft px-4 py-2.5 text-sm" data-broad>
          <span className="font-medium text-warn">{t('connect.check.broad')}</span> {t('connect.check.broad_about', { name })}
        </p>
      )}
      {check.error && (
        <div className="border-b border-line px-4 py-3 text-sm last:border-b-0">
          <p className="text-bad">
            <Sentence>{statement(inTitles(check.error.message, titles))}</Sentence>
          </p>
          {check.error.remedy && (
            <p className="mt-0.5 text-muted">
              <Remedy text={check.error.remedy} titles={titles} />
            </p>
          )}
        </div>
      )}
      <ol className="divide-y divide-line">
        {check.probes.map((probe) => (
          <ProbeRow key={probe.id} probe={probe} titles={titles} />
        ))}
      </ol>
    </div>
  )
}

function ProbeRow({ probe, titles }: { probe: Probe; titles: Titles }) {
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
          {!probe.required && <span className="text-xs text-faint"> · {t('connect.optional_small')}</span>}
        </p>
        {message && (
          <p className="text-muted">
            <Sentence>{statement(inTitles(message, titles))}</Sentence>
          </p>
        )}
        {remedy && (
          <p className={cx('mt-0.5', look.tone === 'quiet' && 'text-muted')}>
            <Remedy text={remedy} titles={titles} />
          </p>
        )}
      </div>
      <span className="tabular shrink-0 text-xs leading-5 text-faint">{probe.seconds > 0 ? duration(probe.seconds) : ''}</span>
    </li>
  )
}
