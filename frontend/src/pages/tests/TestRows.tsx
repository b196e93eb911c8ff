import { useCallback, useMemo, useRef } from 'react'
import { useLocation } from 'wouter'
import type { Test } from '@/api/tests'
import { count } from '@/lib/numbers'
import { kindWord } from '@/lib/words'
import { nextSort } from '@/parts/records/listState'
import { SeverityWord, TestStateChip } from '@/parts/tests/State'
import { testPath } from '@/parts/tests/words'
import { Grid, type GridColumn, type GridHandle } from '@/ui/grid/Grid'
import { rowOf } from '@/ui/grid/place'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { useKeys } from '@/ui/useKeys'
import { useStable } from '@/ui/useStable'
import type { Url } from '@/ui/useUrl'
import { t } from '@/words'
import { sortOf } from './address'

type ColumnName = 'title' | 'state' | 'severity' | 'kind' | 'fail' | 'unknown' | 'in_scope' | 'as_of' | 'sources' | 'controls'

const column = (id: ColumnName, width: number, more: Partial<GridColumn> = {}): GridColumn => ({
  id, title: t(`tests.column.${id}`), width, grow: 0, sortable: true, ...more,
})

/** The tests as rows; each opens its page. */
export function TestRows({ url, tests, list }: { url: Url; tests: Test[]; list: string }) {
  const [, navigate] = useLocation()
  const grid = useRef<GridHandle>(null)
  const go = (by: number) => grid.current?.focusRow(Math.max(0, Math.min(tests.length - 1, (rowOf(document.activeElement) ?? -by) + by)))
  useKeys({ next: () => go(1), previous: () => go(-1) })
  const onOpen = useStable((index: number) => {
    const test = tests[index]
    if (test) navigate(testPath(test.id))
  })
  const columns = useMemo(
    (): GridColumn[] => [
      column('title', 210, { grow: 4 }), column('state', 120), column('severity', 104), column('fail', 84, { right: true }),
      column('unknown', 110, { right: true }), column('in_scope', 108, { right: true }), column('kind', 130), column('as_of', 118),
      column('sources', 150, { sortable: false, grow: 2 }), column('controls', 150, { sortable: false, grow: 1 }),
    ],
    [],
  )
  const rowAt = useCallback((index: number) => tests[index], [tests])
  return (
    <Grid
      handle={grid}
      label={t('tests.list')}
      hint={t('tests.listHint')}
      list={list}
      columns={columns}
      count={tests.length}
      rowAt={rowAt}
      cell={cellOf}
      onOpen={onOpen}
      sort={sortOf(url)}
      onSort={(name) => url.set({ sort: nextSort(sortOf(url), name) })}
    />
  )
}

const dash = <span className="text-faint">–</span>

function cellOf(test: Test, id: string) {
  const { tally, state, sources } = test.result
  switch (id) {
    case 'title':
      return (
        <span className="font-medium" title={test.title}>
          <Text>{test.title}</Text>
        </span>
      )
    case 'state':
      return <TestStateChip state={state} disabled={test.lifecycle === 'disabled'} />
    case 'severity':
      return <SeverityWord severity={test.severity} />
    case 'fail':
      return tally.fail > 0 ? <span className="tabular font-medium text-bad">{count(tally.fail)}</span> : dash
    case 'unknown':
      return tally.unknown > 0 ? <span className="tabular text-warn">{count(tally.unknown)}</span> : dash
    case 'in_scope':
      return <span className="tabular">{count(tally.in_scope)}</span>
    case 'kind':
      return kindWord(test.kind)
    case 'as_of':
      return <Time at={test.as_of} missing={sources.length > 0 ? t('tests.neverRead') : undefined} className={state === 'stale' ? 'text-warn' : 'text-muted'} />
    case 'sources':
      return <Text>{[...new Set(sources.map(({ alias }) => alias))].join(', ')}</Text>
    default:
      return <span className="text-muted">{(test.controls ?? []).join(', ')}</span>
  }
}
