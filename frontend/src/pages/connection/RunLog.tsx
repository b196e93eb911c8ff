import { ChevronRight } from 'lucide-react'
import { asProblem } from '@/api/problem'
import type { Log, Run } from '@/api/types'
import { clockTime } from '@/lib/time'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { useUrl } from '@/ui/useUrl'
import { useLogs } from './queries'

/** What the run wrote down, line by line; asked for only when opened. */
export function RunLog({ run }: { run: Run }) {
  const url = useUrl()
  const open = url.one('log') === 'open'
  return (
    <div className="border-t border-line">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => url.set({ log: open ? '' : 'open' }, 'typing')}
        className="flex h-10 w-full items-center gap-2 px-4 text-sm text-muted hover:text-text"
      >
        <ChevronRight size={16} aria-hidden className={cx(open && 'rotate-90')} />
        Log
      </button>
      {open && <Lines run={run} />}
    </div>
  )
}

function Lines({ run }: { run: Run }) {
  const logs = useLogs(run.id, true)
  const lines = logs.data?.pages.flatMap((page) => page.items) ?? []
  if (logs.isPending) return <SkeletonRows rows={2} label="Loading the log" />
  if (logs.isError && lines.length === 0) {
    return <ErrorState what="The log could not be loaded" problem={asProblem(logs.error)} onRetry={() => void logs.refetch()} />
  }
  if (lines.length === 0) return <p className="px-4 pb-4 text-sm text-muted">This run wrote no log lines.</p>
  return (
    <div tabIndex={0} role="region" aria-label="Log lines" className="max-h-96 overflow-auto border-t border-line bg-bg py-2 font-mono text-xs">
      <ol>
        {lines.map((line) => (
          <Line key={line.number} line={line} />
        ))}
      </ol>
      {logs.hasNextPage && (
        <div className="px-4 pt-2">
          <Button size="sm" asksAgent busy={logs.isFetchingNextPage} onClick={() => void logs.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </div>
  )
}

const levels: Record<string, string> = { error: 'text-bad', warn: 'text-warn', debug: 'text-faint' }

function Line({ line }: { line: Log }) {
  return (
    <li className="flex gap-3 px-4 py-0.5 hover:bg-hover">
      <span className="tabular w-8 shrink-0 text-right text-faint">{line.number}</span>
      <time dateTime={line.at} className="tabular shrink-0 text-faint">
        {clockTime(line.at)}
      </time>
      <span className={cx('w-10 shrink-0', levels[line.level] ?? 'text-muted')}>{line.level}</span>
      <span className="min-w-0">
        {line.step && (
          <span className="text-muted">
            <Text>{line.step}</Text>{' '}
          </span>
        )}
        <Text>{line.message}</Text>
      </span>
    </li>
  )
}
