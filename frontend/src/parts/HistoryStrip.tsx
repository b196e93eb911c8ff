import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { getRuns } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { ConnectionItem } from '@/api/types'
import { strip, stripCounts, stripPaths, stripRuns, type StripRun } from '@/lib/strip'
import { connectionPath } from '@/lib/paths'
import { duration, elapsed } from '@/lib/time'
import { sentence } from '@/lib/words'
import { Popover } from '@/ui/Popover'
import { Sentence } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { StatusWord } from './StatusIcon'

const fills: [string, string][] = [
  ['none', 'fill-line-strong'],
  ['succeeded', 'fill-ok-solid'],
  ['partial', 'fill-warn-solid'],
  ['failed', 'fill-bad-solid'],
  ['other', 'fill-quiet-solid'],
]

type Subject = Pick<ConnectionItem, 'id' | 'alias' | 'recent'>

/**
 * The latest finished runs, oldest on the left, as a button that opens the same as a table. The table is made when it
 * is first asked for: a list has a strip in each row.
 */
export function HistoryStrip({ connection }: { connection: Subject }) {
  const [asked, setAsked] = useState(false)
  const runs = stripRuns(connection.recent)
  if (runs.length === 0) return <StripBars runs={runs} />
  const button = (onClick?: () => void) => (
    <button
      type="button"
      onClick={onClick}
      className="rounded-md px-1 py-0.5 hover:bg-hover"
      aria-haspopup="dialog"
      aria-label={t('connections.strip_label', { summary: summary(runs) })}
    >
      <StripBars runs={runs} />
    </button>
  )
  if (!asked) return button(() => setAsked(true))
  return (
    <Popover defaultOpen align="end" title={t('connections.strip_title', { alias: connection.alias, count: runs.length })} trigger={button()}>
      <StripTable connection={connection} />
    </Popover>
  )
}

function StripBars({ runs }: { runs: StripRun[] }) {
  const paths = stripPaths(runs)
  const width = strip.cells * strip.pitch - 1
  return (
    <svg aria-hidden width={width} height={strip.up + strip.down} className="block" data-strip="">
      {fills.map(([status, fill]) => (
        <path key={status} d={paths.get(status) ?? ''} className={fill} />
      ))}
    </svg>
  )
}

/** One text for the whole strip: how many ended how, and how the latest did. */
function summary(runs: StripRun[]): string {
  const counts = stripCounts(runs).map(([status, n]) => `${n} ${status}`)
  return t('connections.strip_summary', { count: runs.length, counts: counts.join(', '), latest: runs.at(-1)?.status })
}

function StripTable({ connection }: { connection: Subject }) {
  const query = useQuery({
    queryKey: ['runs', 'strip', connection.id],
    queryFn: async ({ signal }) => (await getRuns(connection.id, undefined, signal)).items,
  })
  if (query.isPending) return <p className="px-2 py-1 text-muted">{t('connections.strip_loading')}</p>
  if (!query.data) {
    return (
      <p className="px-2 py-1 text-bad">
        <Sentence>{asProblem(query.error).message}</Sentence>
      </p>
    )
  }
  return (
    <table className="w-full">
      <thead>
        <tr className="text-xs text-muted">
          {(['strip_when', 'strip_result', 'strip_took'] as const).map((key) => (
            <th key={key} scope="col" className="px-2 py-1 font-medium">
              {t(`connections.${key}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {query.data.map((run) => (
          <tr key={run.id} className="hover:bg-hover">
            <td className="px-2 py-1 whitespace-nowrap">
              <Link href={`${connectionPath(connection)}?run=${run.id}`} className="hover:underline">
                <Time at={run.started_at ?? run.queued_at} />
              </Link>
            </td>
            <td className="px-2 py-1">
              <StatusWord status={run.status} />
            </td>
            <td className="tabular px-2 py-1 text-right whitespace-nowrap text-muted">{took(run)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function took(run: { started_at: string | null; finished_at: string | null; status: string }): string {
  const seconds = run.finished_at ? elapsed(run.started_at, run.finished_at, 0) : null
  return seconds === null ? sentence('–') : duration(seconds)
}
