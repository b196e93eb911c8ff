import { X } from 'lucide-react'
import { Link } from 'wouter'
import type { ConnectionStatus, Run } from '@/api/types'
import { count } from '@/lib/numbers'
import { changesPath, runPath } from '@/lib/paths'
import { duration, elapsed, zonedTime } from '@/lib/time'
import { programWords } from '@/lib/trust'
import { sentence, starterWords } from '@/lib/words'
import { totals } from '@/parts/run/truth'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { card, Section } from '@/ui/Section'
import { SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { useAudit, useRun } from './queries'
import { revisionAt } from './revision'

interface Props {
  ids: string[]
  connection: ConnectionStatus
  onClose: () => void
}

/** Two runs side by side, the older on the left. What differs stands out. */
export function Comparison({ ids, connection, onClose }: Props) {
  const [a, b] = [useRun(ids[0] ?? '').data, useRun(ids[1] ?? '').data]
  const entries = useAudit(connection.id).data?.pages.flatMap((page) => page.items) ?? []
  if (!a || !b) return <SkeletonRows rows={4} label={t('run.loading')} />
  const [left, right] = a.queued_at <= b.queued_at ? [a, b] : [b, a]
  const revision = (run: Run) => revisionAt(entries, run.started_at ?? run.queued_at)
  return (
    <Section
      title={t('run.compare.title')}
      aside={
        <Button size="sm" look="ghost" icon={<X size={14} aria-hidden />} onClick={onClose}>
          {t('run.compare.close')}
        </Button>
      }
    >
      <div className={`${card} overflow-x-auto`} data-comparison>
        <table className="w-full text-sm">
          <thead className="border-b border-line text-xs text-muted">
            <tr>
              <td className="h-9 px-4" />
              {[left, right].map((run) => (
                <th key={run.id} scope="col" className="px-4 text-right font-medium">
                  <Link href={runPath(run.id)} className="inline-block py-1 text-accent hover:underline">
                    {zonedTime(run.started_at ?? run.queued_at)}
                  </Link>
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {rowsOf(left, right, revision).map((row) => (
              <tr key={row.title} className={cx(row.differs && 'bg-warn-soft')} data-differs={row.differs}>
                <th scope="row" className="h-9 px-4 font-normal text-muted">
                  <Text>{row.title}</Text>
                </th>
                {row.values.map((value, i) => (
                  <td key={i} className="tabular px-4 text-right">
                    {row.changes?.[i] ? (
                      <Link href={row.changes[i]} className="inline-block min-h-6 text-accent hover:underline">
                        {value}
                      </Link>
                    ) : (
                      <Text>{value}</Text>
                    )}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  )
}

interface Compared {
  title: string
  values: [string, string]
  differs: boolean
  /** Where the changes are that the values count; '' for none. */
  changes?: [string, string]
}

function rowsOf(left: Run, right: Run, revision: (run: Run) => string): Compared[] {
  // A duration is never the same twice, so it says nothing by being another one.
  const of = (title: string, value: (run: Run) => string, judged = value): Compared => ({
    title, values: [value(left), value(right)], differs: judged(left) !== judged(right),
  })
  const counted = (change: 'added' | 'changed' | 'removed'): Compared => ({
    ...of(t(`run.numbers.${change}`), (run) => count(totals(run)[change])),
    changes: [left, right].map((run) => (totals(run)[change] > 0 ? changesPath({ connection: run.connection, run: run.id, change }) : '')) as [string, string],
  })
  const names = [...new Set([...left.steps, ...right.steps].map((step) => step.name))]
  const took = (run: Run) => elapsed(run.started_at, run.finished_at, Date.now())
  return [
    of(t('run.list.result'), (run) => sentence(run.status)),
    of(t('run.list.by'), starterWords),
    of(t('run.duration'), (run) => duration(took(run) ?? 0), () => ''),
    of(t('run.numbers.read'), (run) => count(totals(run).read)),
    counted('added'),
    counted('changed'),
    counted('removed'),
    of(t('run.compare.program'), programWords),
    of(t('run.compare.revision'), revision),
    ...names.map((name) => of(titleOf(name, left, right), (run) => stepWords(run, name), (run) => stepResult(run, name))),
  ]
}

const titleOf = (name: string, ...runs: Run[]) => runs.flatMap((run) => run.steps).find((step) => step.name === name)?.title ?? name

/** What a step came to, without how long it took. */
function stepResult(run: Run, name: string): string {
  const step = run.steps.find((one) => one.name === name)
  return step ? `${step.status} ${step.read}` : ''
}

function stepWords(run: Run, name: string): string {
  const step = run.steps.find((one) => one.name === name)
  if (!step) return t('run.compare.noStep')
  const took = elapsed(step.started_at, step.finished_at, Date.now())
  const parts = [sentence(step.status), step.stream && t('run.compare.read', { count: step.read }), took !== null && duration(took)]
  return parts.filter(Boolean).join(', ')
}
