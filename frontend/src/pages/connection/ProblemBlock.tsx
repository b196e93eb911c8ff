import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import type { Problem, Run, Step } from '@/api/types'
import { copyText } from '@/lib/copy'
import { visible } from '@/lib/visible'
import { faultWord, statement } from '@/lib/words'
import { announce } from '@/ui/Announce'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { Sentence, Text } from '@/ui/Text'

interface Props {
  problem: Problem
  run: Run
  step?: Step
}

/** An error in the order it is needed: what happened, what to do, and the facts a support person asks for. */
export function ProblemBlock({ problem, run, step }: Props) {
  const tone = toneOf(step?.status ?? run.status)
  return (
    <div className={cx('rounded-md p-3', backgrounds[tone])} data-tone={tone}>
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0 flex-1 basis-64">
          <p className={cx('font-medium', colours[tone])}>
            <Sentence>{statement(problem.message)}</Sentence>
          </p>
          {problem.remedy && (
            <p className="mt-1 text-text">
              <Sentence>{problem.remedy}</Sentence>
            </p>
          )}
        </div>
        <CopyButton text={details(problem, run, step)} />
      </div>
      <dl className="mt-3 flex flex-wrap gap-x-6 gap-y-1 text-xs">
        {facts(problem).map(([title, value]) => (
          <div key={title} className="flex gap-1.5">
            <dt className="text-muted">{title}</dt>
            <dd className={title === fixer ? 'font-medium' : 'font-mono'}>
              <Text>{value}</Text>
            </dd>
          </div>
        ))}
      </dl>
      {problem.detail && (
        <details className="mt-2 text-xs">
          <summary className="w-fit py-1 text-muted hover:text-text">Technical detail</summary>
          <pre className="mt-1 max-h-60 overflow-auto font-mono whitespace-pre-wrap">
            <Text lines>{problem.detail}</Text>
          </pre>
        </details>
      )}
    </div>
  )
}

const fixer = 'Who can fix it'
const backgrounds = { quiet: 'bg-sunken', warn: 'bg-warn-soft', bad: 'bg-bad-soft' }
const colours = { quiet: 'text-text', warn: 'text-warn', bad: 'text-bad' }

/** Red is for what failed. A run that a person cancelled has not, one that was cut off goes on by itself, and what was read in part was read. */
function toneOf(status: string): keyof typeof colours {
  if (status === 'cancelled') return 'quiet'
  return status === 'interrupted' || status === 'partial' ? 'warn' : 'bad'
}

function facts(problem: Problem): [string, string][] {
  const all: [string, string | undefined][] = [
    ['Code', problem.code],
    [fixer, problem.fault && faultWord(problem.fault)],
    ['Permissions', problem.permissions?.join(', ')],
    ['Vendor status', problem.upstream_status ? String(problem.upstream_status) : undefined],
    ['Vendor code', problem.upstream_code],
    ['Request', problem.upstream_request_id],
    ['Part', problem.scope],
  ]
  return all.filter((fact): fact is [string, string] => Boolean(fact[1]))
}

function details(problem: Problem, run: Run, step: Step | undefined): string {
  const lines: [string, string | undefined][] = [
    ['Connection', run.alias],
    ['Connector', `${run.connector} ${run.connector_version}`],
    ['Run', run.id],
    ['Step', step?.title],
    ['Message', problem.message],
    ['What to do', problem.remedy],
    ...facts(problem),
    ['Detail', problem.detail],
  ]
  // It is pasted into tickets and terminals.
  return lines.flatMap(([title, value]) => (value ? [`${title}: ${visible(value, Infinity, { lines: true })}`] : [])).join('\n')
}

function CopyButton({ text }: { text: string }) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    setCopied(await copyText(text))
    announce('Details copied')
  }
  return (
    <Button
      size="sm"
      icon={copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      onClick={() => void copy()}
      onBlur={() => setCopied(false)}
    >
      {copied ? 'Copied' : 'Copy details'}
    </Button>
  )
}
