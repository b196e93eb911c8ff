import { CircleCheck, CircleSlash, CircleX, TriangleAlert } from 'lucide-react'
import type { SampleField, SampleStream } from '@/api/types'
import { bytes, count } from '@/lib/numbers'
import { statement } from '@/lib/words'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import type { SampleState } from './useSample'

/** What the first page of each stream holds, and what would be stored of it. */
export function SamplePanel({ sample }: { sample: SampleState }) {
  const { task, problem, running } = sample
  const streams = task?.dry_run_sample?.streams
  return (
    <div aria-busy={running} className="text-sm">
      <p role="status" className="text-muted">
        {running ? progressOf(task?.phase, task?.done) : !streams && !problem ? t('connect.sample.about') : ''}
      </p>
      {problem && (
        <div role="alert" className="rounded-md bg-bad-soft p-3">
          <p className="font-medium text-bad">
            <Sentence>{statement(problem.message)}</Sentence>
          </p>
          {problem.remedy && (
            <p className="mt-1">
              <Sentence>{problem.remedy}</Sentence>
            </p>
          )}
        </div>
      )}
      {streams && (
        <>
          {streams.length === 0 && <p className="text-muted">{t('connect.sample.no_streams')}</p>}
          <ul className="divide-y divide-line rounded-lg border border-line bg-panel">
            {streams.map((stream) => (
              <Stream key={stream.stream} stream={stream} />
            ))}
          </ul>
          <p className="mt-2 text-faint">{t('connect.sample.nothing_stored')}</p>
        </>
      )}
    </div>
  )
}

const progressOf = (phase: string | undefined, done: number | undefined) =>
  phase ? t('connect.sample.reading', { stream: phase.replace(/^reading /, ''), count: done ?? 0, shown: count(done ?? 0) }) : t('connect.sample.starting')

function Stream({ stream }: { stream: SampleStream }) {
  const failed = stream.outcome === 'failed' || stream.outcome === 'untried'
  const gaps = stream.gaps.length
  const Icon = stream.outcome === 'failed' ? CircleX : stream.outcome === 'untried' ? CircleSlash : gaps > 0 ? TriangleAlert : CircleCheck
  const colour = stream.outcome === 'failed' ? 'text-bad' : stream.outcome === 'untried' ? 'text-faint' : gaps > 0 ? 'text-warn' : 'text-ok'
  return (
    <li className="px-4 py-3" data-stream={stream.stream} data-outcome={stream.outcome}>
      <p className="flex flex-wrap items-center gap-x-2">
        <Icon size={16} aria-hidden className={`shrink-0 ${colour}`} />
        <span className="font-medium">
          <Text>{stream.title}</Text>
        </span>
        <span className="text-muted">{outcomeOf(stream)}</span>
      </p>
      {stream.error && (
        <p className="mt-1 text-muted">
          <Sentence>{statement(stream.error.message)}</Sentence> <Sentence>{stream.error.remedy}</Sentence>
        </p>
      )}
      {stream.gaps.map((gap) => (
        <p key={gap.scope} className="mt-1 text-warn">
          <Text>{gap.scope}</Text>: <Sentence>{statement(gap.error.message)}</Sentence>
        </p>
      ))}
      {!failed && stream.records.length > 0 && <Records stream={stream} />}
    </li>
  )
}

function outcomeOf(stream: SampleStream): string {
  const said = { count: stream.read, shown: count(stream.read), size: bytes(stream.bytes) }
  switch (stream.outcome) {
    case 'complete':
      return stream.read === 0 ? t('connect.sample.empty') : t('connect.sample.complete', said)
    case 'more':
      return t('connect.sample.more', said)
    case 'failed':
      return t('connect.stages.failed')
    case 'untried':
      return t('connect.sample.untried')
  }
}

/** How many columns a sample shows. */
const shownFields = 6

function Records({ stream }: { stream: SampleStream }) {
  const filled = stream.fields.filter((f) => f.known > 0)
  const empty = stream.fields.filter((f) => f.known === 0)
  const shown = filled.filter((f) => f.name !== 'external_id').slice(0, shownFields)
  return (
    <>
      <div className="mt-2 overflow-x-auto" tabIndex={0} role="group" aria-label={t('connect.sample.records_of', { stream: stream.title })}>
        <table className="w-full text-xs">
          <thead>
            <tr className="border-b border-line">
              <th scope="col" className="h-7 pr-3 font-medium">
                {t('connect.sample.key')}
              </th>
              {shown.map((field) => (
                <th key={field.name} scope="col" className="pr-3 font-medium whitespace-nowrap" title={field.doc}>
                  {field.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {stream.records.map((record, i) => (
              <tr key={i}>
                <th scope="row" className="max-w-40 truncate py-1 pr-3 font-mono font-normal text-muted">
                  <Text>{record.key}</Text>
                </th>
                {shown.map((field) => (
                  <td key={field.name} className="max-w-48 truncate py-1 pr-3">
                    <Text>{cell(record.doc, field)}</Text>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="mt-2 text-muted">
        {t('connect.sample.fields', { filled: filled.length, count: stream.fields.length })}
        {empty.length > 0 && <> {t('connect.sample.never', { fields: empty.map((f) => f.title).join(', ') })}</>}
      </p>
    </>
  )
}

function cell(doc: unknown, field: SampleField): string {
  const value = (doc as Record<string, unknown>)[field.name]
  if (value === undefined || value === null) return '–'
  if (Array.isArray(value)) return value.map(String).join(', ')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
