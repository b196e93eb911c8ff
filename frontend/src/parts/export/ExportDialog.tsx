import { CircleCheck, TriangleAlert } from 'lucide-react'
import { useEffect, useId, useRef, useState, type ReactNode } from 'react'
import type { Task } from '@/api/exports'
import { asProblem } from '@/api/problem'
import { offerFile } from '@/lib/offerFile'
import { bytes, count } from '@/lib/numbers'
import { zonedTime } from '@/lib/time'
import { statement } from '@/lib/words'
import { isOver } from '@/parts/useTask'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import type { ExportOf } from './ExportButton'
import { fileOf, useExport } from './useExport'

/** Says what will be in the file, follows it while it is written, and offers it. */
export function ExportDialog({ onClose, ...of }: ExportOf & { onClose: () => void }) {
  const [format, setFormat] = useState<'csv' | 'jsonl'>('csv')
  const run = useExport()
  const { task } = run
  const running = run.starting || (task !== undefined && !isOver(task))
  const close = () => {
    if (running && task) run.cancel()
    onClose()
  }
  return (
    <Dialog
      open
      wide
      onClose={close}
      title={t(`exports.title.${of.list}`)}
      footer={
        task?.status === 'done' ? (
          <>
            <Button onClick={onClose}>{t('common.close')}</Button>
            <Button look="primary" asksAgent onClick={() => offerFile(fileOf(task), task.export?.file ?? '')}>
              {t('exports.save')}
            </Button>
          </>
        ) : running ? (
          <Button asksAgent busy={run.cancelling} onClick={run.cancel}>
            {t('exports.stop')}
          </Button>
        ) : (
          <>
            <Button onClick={onClose}>{t('common.cancel')}</Button>
            <Button look="primary" asksAgent onClick={() => run.begin({ what: of.list, format, ...of.filter })}>
              {task || run.error ? t('exports.again') : t('exports.start')}
            </Button>
          </>
        )
      }
    >
      <Content {...of} />
      {!running && task?.status !== 'done' && <Format value={format} onChange={setFormat} />}
      {running && <Progress task={task} rows={of.rows} />}
      {task?.status === 'done' && <Done task={task} />}
      {task?.status === 'cancelled' && <p role="status">{t('exports.cancelled')}</p>}
      {(task?.error ?? run.error) && !running && <Failed problem={task?.error ?? asProblem(run.error)} />}
    </Dialog>
  )
}

/** What the file says at its head, too. */
function Content({ conditions, moment, rows, sources = [] }: ExportOf) {
  const short = sources.filter((source) => source.state !== 'complete')
  return (
    <dl className="grid gap-x-4 gap-y-1.5 text-sm sm:grid-cols-[8rem_1fr]">
      {rows !== undefined && <Fact title={t('exports.rows')}>{t('exports.rowCount', { count: rows })}</Fact>}
      <Fact title={t('exports.filter')}>
        {conditions.length === 0 ? t('exports.noFilter') : conditions.map((condition) => <span key={condition} className="block"><Text>{condition}</Text></span>)}
      </Fact>
      {moment && <Fact title={t('exports.moment')}>{moment}</Fact>}
      {sources.length > 0 && (
        <Fact title={t('exports.sources')}>
          {short.length === 0 ? (
            t('exports.allComplete', { count: sources.length })
          ) : (
            <>
              <span className="flex items-start gap-1.5 text-warn">
                <TriangleAlert size={14} aria-hidden className="mt-1 shrink-0" />
                {t('exports.someShort', { count: short.length, all: sources.length })}
              </span>
              <ul className="mt-1 text-muted">
                {short.map((source) => (
                  <li key={source.connection}>
                    <span className="font-medium text-text">{source.alias}</span>: <Sentence>{statement(source.explanation)}</Sentence>
                  </li>
                ))}
              </ul>
            </>
          )}
        </Fact>
      )}
      <Fact title={t('exports.head')}>{t('exports.headWhy')}</Fact>
    </dl>
  )
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-muted">{title}</dt>
      <dd className="min-w-0 text-text">{children}</dd>
    </>
  )
}

const formats = ['csv', 'jsonl'] as const

function Format({ value, onChange }: { value: string; onChange: (format: 'csv' | 'jsonl') => void }) {
  const id = useId()
  return (
    <fieldset className="pt-2">
      <legend className="text-sm font-medium text-text">{t('exports.format')}</legend>
      <div className="mt-1.5 grid gap-2 sm:grid-cols-2">
        {formats.map((format) => (
          <label
            key={format}
            className="flex cursor-pointer items-start gap-2.5 rounded-md border border-line-strong p-3 has-[:checked]:border-accent has-[:checked]:bg-accent-soft"
          >
            <input type="radio" name={id} value={format} checked={value === format} onChange={() => onChange(format)} className="mt-1 size-4 accent-(--accent-solid)" />
            <span>
              <span className="block text-sm font-medium text-text">{t(`exports.formats.${format}`)}</span>
              <span className="block text-xs">{t(`exports.formatsWhy.${format}`)}</span>
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  )
}

function Progress({ task, rows }: { task: Task | undefined; rows?: number }) {
  const id = useId()
  const done = task?.done ?? 0
  const total = task?.total || rows || 0
  return (
    <div className="pt-2" role="status">
      <p id={id} className="text-sm text-text">
        {total > 0 ? t('exports.writtenOf', { count: done, all: count(total) }) : t('exports.written', { count: done })}
      </p>
      <progress aria-labelledby={id} max={total || undefined} value={total ? Math.min(done, total) : undefined} className="mt-1 h-2 w-full accent-(--accent-solid)" />
    </div>
  )
}

function Done({ task }: { task: Task }) {
  const made = task.export
  const offered = useRef(false)
  useEffect(() => {
    if (offered.current) return
    offered.current = true
    offerFile(fileOf(task), made?.file ?? '')
  }, [made, task])
  return (
    <div role="status" className="rounded-md bg-ok-soft p-3 text-sm text-text">
      <p className="flex items-center gap-2 font-medium text-ok">
        <CircleCheck size={15} aria-hidden />
        {t('exports.done', { count: made?.rows ?? task.done, size: bytes(made?.bytes ?? 0) })}
      </p>
      {made?.file && (
        <p className="mt-1 break-all">
          <Text>{made.file}</Text>
        </p>
      )}
      {made?.sha256 && <p className="mt-1 font-mono text-xs break-all text-muted">{`SHA-256 ${made.sha256}`}</p>}
      {made?.kept_until && <p className="mt-1 text-xs text-muted">{t('exports.kept', { moment: zonedTime(made.kept_until) })}</p>}
    </div>
  )
}

function Failed({ problem }: { problem: { message: string; remedy?: string } }) {
  return (
    <p role="alert" className="rounded-md bg-bad-soft p-3 text-sm text-bad">
      <Sentence>{statement(problem.message)}</Sentence> {problem.remedy && <Sentence>{problem.remedy}</Sentence>}
    </p>
  )
}
