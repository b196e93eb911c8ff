import { Check, Copy } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import type { Problem, Run, Step } from '@/api/types'
import { copyText } from '@/lib/copy'
import { visible } from '@/lib/visible'
import { faultWord, statement } from '@/lib/words'
import { announce } from '@/ui/Announce'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import type { Seen } from './seen'
import { causeOf } from './truth'

interface Props {
  problem: Problem
  run: Run
  step?: Step
  /** How often it was met before; unknown where the earlier runs are not at hand. */
  seen?: Seen
  /** More to do about it, beside copying. */
  action?: ReactNode
}

/** An error in the order it is needed: what happened, why, what to do and who can, then the facts a support person asks for. */
export function ProblemBlock({ problem, run, step, seen, action }: Props) {
  const tone = toneOf(step?.status ?? run.status)
  const cause = causeOf(problem.code)
  return (
    <div className={cx('rounded-md p-3', backgrounds[tone])} data-tone={tone} data-code={problem.code}>
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <p className={cx('min-w-0 flex-1 basis-64 font-medium', colours[tone])}>
          <Sentence>{statement(problem.message)}</Sentence>
        </p>
        <div className="flex flex-wrap gap-2">
          {action}
          <CopyButton text={details(problem, run, step, seen)} />
        </div>
      </div>
      <dl className="mt-2 grid gap-x-4 gap-y-1 sm:grid-cols-[8rem_minmax(0,1fr)]">
        {cause && <Told title={t('run.problem.cause')}>{cause}</Told>}
        {problem.remedy && (
          <Told title={t('run.problem.todo')}>
            <Sentence>{problem.remedy}</Sentence>
          </Told>
        )}
        {problem.fault && run.status !== 'cancelled' && <Told title={t('run.problem.who')}>{faultWord(problem.fault)}</Told>}
        {seen && seen.of > 1 && (
          <Told title={t('run.problem.seen')}>
            {seen.times > 1 ? t('run.problem.times', { count: seen.times, of: seen.of }) : t('run.problem.only', { count: seen.of })}
            {seen.times > 1 && (
              <>
                {' '}
                {t('run.problem.first')} <Time at={seen.first} />
              </>
            )}
          </Told>
        )}
      </dl>
      <dl className="mt-3 flex flex-wrap gap-x-6 gap-y-1 text-xs">
        {facts(problem).map(([title, value]) => (
          <div key={title} className="flex gap-1.5">
            <dt className="text-muted">{title}</dt>
            <dd className="font-mono">
              <Text>{value}</Text>
            </dd>
          </div>
        ))}
      </dl>
      {problem.detail && (
        <details className="mt-2 text-xs">
          <summary className="w-fit py-1 text-muted hover:text-text">{t('run.problem.detail')}</summary>
          <pre className="mt-1 max-h-60 overflow-auto font-mono whitespace-pre-wrap">
            <Text lines>{problem.detail}</Text>
          </pre>
        </details>
      )}
    </div>
  )
}

function Told({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-sm text-muted">{title}</dt>
      <dd className="text-sm text-text">{children}</dd>
    </>
  )
}

const backgrounds = { quiet: 'bg-sunken', warn: 'bg-warn-soft', bad: 'bg-bad-soft' }
const colours = { quiet: 'text-text', warn: 'text-warn', bad: 'text-bad' }

/** Red is for what failed. A run that a person cancelled has not, one that was cut off goes on by itself, and what was read in part was read. */
function toneOf(status: string): keyof typeof colours {
  if (status === 'cancelled') return 'quiet'
  return status === 'interrupted' || status === 'partial' ? 'warn' : 'bad'
}

function facts(problem: Problem): [string, string][] {
  const all: [string, string | undefined][] = [
    [t('run.problem.code'), problem.code],
    [t('run.problem.permissions'), problem.permissions?.join(', ')],
    [t('run.problem.vendorStatus'), problem.upstream_status ? String(problem.upstream_status) : undefined],
    [t('run.problem.vendorCode'), problem.upstream_code],
    [t('run.problem.request'), problem.upstream_request_id],
    [t('run.problem.part'), problem.scope],
  ]
  return all.filter((fact): fact is [string, string] => Boolean(fact[1]))
}

function details(problem: Problem, run: Run, step: Step | undefined, seen: Seen | undefined): string {
  const lines: [string, string | undefined][] = [
    [t('run.problem.connection'), run.alias],
    [t('run.problem.connector'), `${run.connector} ${run.connector_version}`],
    [t('run.problem.run'), run.id],
    [t('run.problem.step'), step?.title],
    [t('run.problem.message'), problem.message],
    [t('run.problem.cause'), causeOf(problem.code)],
    [t('run.problem.todo'), problem.remedy],
    [t('run.problem.who'), problem.fault && faultWord(problem.fault)],
    [t('run.problem.seen'), seen && `${t('run.problem.times', { count: seen.times, of: seen.of })} ${t('run.problem.first')} ${seen.first}`],
    ...facts(problem),
    [t('run.problem.detail'), problem.detail],
  ]
  // It is pasted into tickets and terminals.
  return lines.flatMap(([title, value]) => (value ? [`${title}: ${visible(value, Infinity, { lines: true })}`] : [])).join('\n')
}

function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    setCopied(await copyText(text))
    announce(t('run.problem.copiedDetails'))
  }
  return (
    <Button
      size="sm"
      icon={copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      onClick={() => void copy()}
      onBlur={() => setCopied(false)}
    >
      {t(copied ? 'run.problem.copied' : 'run.problem.copy')}
    </Button>
  )
}
