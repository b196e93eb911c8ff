import { useVirtualizer } from '@tanstack/react-virtual'
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react'
import { asProblem } from '@/api/problem'
import type { Log, Run } from '@/api/types'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { useKeys } from '@/ui/useKeys'
import { t } from '@/words'
import { LogBar } from './LogBar'
import { LogLine } from './LogLine'
import { useLogState, type LogState } from './logState'
import { useMatches } from './useMatches'
import { chunk, useChunks, useFiltered, useLogSize } from './queries'

const lineHeight = 24

/** What the run wrote down. Only the lines in sight are drawn and fetched, so a million of them are no more than fifty. */
export function LogView({ run }: { run: Run }) {
  const [state, change] = useLogState()
  const size = useLogSize(run.id)
  const narrowed = state.level !== '' || state.step !== ''
  const filtered = useFiltered(run.id, { level: state.level || undefined, step: state.step || undefined }, narrowed)
  const found = filtered.data?.pages.flatMap((page) => page.items) ?? []
  const lines = size.data?.lines ?? 0
  const count = narrowed ? found.length : lines

  if (size.isPending) return <SkeletonRows rows={6} label={t('run.log.loading')} />
  if (size.isError && !size.data) {
    return <ErrorState what={t('run.log.failed')} problem={asProblem(size.error)} onRetry={() => void size.refetch()} />
  }
  return (
    <Lines
      run={run}
      state={state}
      onChange={change}
      count={count}
      total={lines}
      matches={narrowed ? filtered.data?.pages[0]?.matches : undefined}
      found={narrowed ? found : undefined}
      onMore={narrowed && filtered.hasNextPage && !filtered.isFetchingNextPage ? () => void filtered.fetchNextPage() : undefined}
      explanation={size.data?.explanation}
    />
  )
}

interface Props {
  run: Run
  state: LogState
  onChange: (change: Partial<LogState>, typing?: boolean) => void
  /** How many rows there are. */
  count: number
  /** How many lines the whole log has. */
  total: number
  /** How many lines pass the filter; undefined without one. */
  matches: number | undefined
  /** The lines that pass the filter and have come; undefined where every line is shown. */
  found: Log[] | undefined
  onMore: (() => void) | undefined
  explanation: string | undefined
}

function Lines({ run, state, onChange, count, total, matches, found, onMore, explanation }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const rows = useVirtualizer({
    count,
    getScrollElement: () => box.current,
    estimateSize: () => lineHeight,
    overscan: 20,
    initialRect: { width: 800, height: 600 },
  })
  const items = rows.getVirtualItems()
  const [top, bottom] = [items[0]?.index ?? 0, items.at(-1)?.index ?? 0]
  const chunkOf = (index: number) => Math.floor(index / chunk)
  const lineAt = useChunks(run.id, chunkOf(top), found ? chunkOf(top) - 1 : chunkOf(bottom), total)
  const rowOf = useCallback((number: number) => (found ? found.findIndex((line) => line.number === number) : number - 1), [found])
  const show = useCallback(
    (number: number) => {
      const row = rowOf(number)
      if (row >= 0) rows.scrollToIndex(row, { align: 'center' })
    },
    [rowOf, rows],
  )
  const search = useMatches(run.id, state, show)
  const follow = useFollow(box, run, count, state.line > 0 || state.q !== '', () => rows.scrollToIndex(count - 1, { align: 'end' }))
  useKeys({ next_match: search.next, previous_match: search.previous, follow: follow.can ? follow.toggle : undefined })
  useLandOn(state.line, count, show)
  useEffect(() => {
    if (found && bottom >= count - 50) onMore?.()
  }, [found, bottom, count, onMore])
  useLayoutEffect(() => rows.measure(), [rows, state.wrap])

  return (
    <div className="flex h-full min-h-0 flex-col" data-log={total}>
      <LogBar run={run} state={state} onChange={onChange} total={total} matches={matches} search={search} follow={follow} />
      {count === 0 ? (
        <p className="px-4 py-8 text-center text-sm text-muted">{t(total === 0 ? 'run.log.empty' : 'run.log.noMatch')} {explanation}</p>
      ) : (
        <div
          ref={box}
          onScroll={follow.onScroll}
          onWheel={follow.onHand}
          onKeyDown={follow.onHand}
          onTouchMove={follow.onHand}
          onPointerDown={follow.onHand}
          tabIndex={0}
          role="region"
          aria-label={t('run.log.lines')}
          className="min-h-0 flex-1 overflow-auto bg-bg font-mono text-xs focus-visible:-outline-offset-2"
        >
          <ol className="relative w-full" style={{ height: rows.getTotalSize() }} aria-label={t('run.log.count', { count: total })}>
            {items.map((item) => (
              <LogLine
                key={item.key}
                measure={state.wrap ? rows.measureElement : undefined}
                index={item.index}
                top={item.start}
                number={found ? (found[item.index]?.number ?? 0) : item.index + 1}
                line={found ? found[item.index] : lineAt(item.index + 1)}
                state={state}
                start={run.started_at}
                steps={run.steps}
                current={search.current}
                onPick={(line) => onChange({ line: line === state.line ? 0 : line })}
              />
            ))}
          </ol>
        </div>
      )}
    </div>
  )
}

/** Scrolls once to the line that the link is about. */
function useLandOn(line: number, count: number, show: (line: number) => void) {
  const landed = useRef(0)
  useEffect(() => {
    if (line === 0 || line === landed.current || count === 0) return
    landed.current = line
    show(line)
  }, [line, count, show])
}

export type Follow = ReturnType<typeof useFollow>

/** Stays at the end of a log that grows, until the reader scrolls away from it by hand. */
function useFollow(box: { current: HTMLDivElement | null }, run: Run, count: number, elsewhere: boolean, toEnd: () => void) {
  const goesOn = !run.finished_at
  const [on, setOn] = useState(goesOn && !elsewhere)
  const byHand = useRef(false)
  const end = useRef(toEnd)
  useEffect(() => {
    end.current = toEnd
  })
  useEffect(() => {
    if (on && goesOn && count > 0) end.current()
  }, [on, goesOn, count])
  return {
    can: goesOn,
    on: on && goesOn,
    toggle: () => setOn(!on),
    /** What the reader does with the log; a scroll without it is the log's own. */
    onHand: () => {
      byHand.current = true
    },
    onScroll: () => {
      const el = box.current
      if (!el || !byHand.current) return
      byHand.current = false
      setOn(el.scrollHeight - el.scrollTop - el.clientHeight < 2 * lineHeight)
    },
  }
}
