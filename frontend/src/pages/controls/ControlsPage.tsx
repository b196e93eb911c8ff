import { useCallback, useMemo, useRef } from 'react'
import { useLocation } from 'wouter'
import { controlStates, type Control } from '@/api/assurance'
import { asProblem } from '@/api/problem'
import { count } from '@/lib/numbers'
import { statement } from '@/lib/words'
import { controlPath, holdsWords, statesOf } from '@/parts/assurance/paths'
import { ControlStateChip } from '@/parts/assurance/State'
import { nextSort } from '@/parts/records/listState'
import { Button } from '@/ui/Button'
import { Select } from '@/ui/Field'
import { Fill } from '@/ui/Fill'
import { Grid, type GridColumn, type GridHandle } from '@/ui/grid/Grid'
import { rowOf } from '@/ui/grid/place'
import { SearchBox } from '@/ui/SearchBox'
import { card } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { Toggles } from '@/ui/Toggles'
import { useKeys } from '@/ui/useKeys'
import { useStable } from '@/ui/useStable'
import { useTitle } from '@/ui/useTitle'
import { useUrl, type Url, type UrlChange } from '@/ui/useUrl'
import { t } from '@/words'
import { useControls, useFrameworks } from './queries'

const cleared: UrlChange = { q: '', state: [], framework: '' }

/** Every control with its state, to search and filter. */
export default function ControlsPage() {
  const url = useUrl()
  const query = useControls()
  const all = query.data
  useTitle(t('controls.title'))
  return (
    <Fill>
      <h1 className="text-xl font-semibold tracking-tight">{t('controls.title')}</h1>
      <p className="mt-0.5 max-w-4xl text-muted">{all ? summary(all) : t('controls.about')}</p>
      <div className={`${card} mt-4 flex min-h-64 flex-1 flex-col`}>
        {query.isPending ? (
          <SkeletonRows rows={8} label={t('controls.loading')} />
        ) : all ? (
          <Body url={url} all={all} />
        ) : (
          <ErrorState what={t('controls.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
        )}
      </div>
    </Fill>
  )
}

/** How many are shown to work, and what shows them. */
function summary(all: Control[]): string {
  const applying = all.filter(({ state }) => state !== 'not_applicable')
  const by = (shown: Control['shown_by']) => count(applying.filter(({ shown_by }) => shown_by === shown).length)
  return t('controls.summary', {
    count: applying.length, passing: count(applying.filter(({ state }) => state === 'passing').length),
    tests: by('tests'), evidence: by('evidence'), both: by('both'), nothing: by('nothing'),
  })
}

function Body({ url, all }: { url: Url; all: Control[] }) {
  const frameworks = useFrameworks()
  const framework = url.one('framework')
  const chosen = url.all('state')
  const q = url.one('q')
  const rest = all.filter(
    (one) =>
      (framework === '' || one.requirements.some((requirement) => requirement.framework === framework)) &&
      holdsWords(q, [one.id, one.title, one.text, one.owner, one.role, ...one.requirements.map(({ id }) => id)]),
  )
  const found = chosen.length === 0 ? rest : rest.filter(({ state }) => chosen.includes(state))
  const filtered = q.trim() !== '' || framework !== '' || chosen.length > 0
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-3">
        <SearchBox label={t('controls.search')} value={q} onChange={(next) => url.set({ q: next }, 'typing')} />
        <Toggles
          label={t('controls.which')}
          all={{ value: '', title: t('controls.any'), count: rest.length }}
          options={statesOf(controlStates, rest, chosen).map(({ state, count }) => ({ value: state, title: t(`controls.state.${state}`), count }))}
          chosen={chosen}
          onChange={(state) => url.set({ state })}
        />
        <Select aria-label={t('controls.framework')} className="w-auto! max-w-56" value={framework} onChange={(event) => url.set({ framework: event.target.value })}>
          <option value="">{t('controls.everyFramework')}</option>
          {frameworks.data?.map(({ id, title }) => (
            <option key={id} value={id}>
              {title}
            </option>
          ))}
        </Select>
        {filtered && (
          <button type="button" onClick={() => url.set(cleared)} className="h-7 px-1.5 text-sm text-muted underline hover:text-text">
            {t('controls.clear')}
          </button>
        )}
        <span role="status" className="text-sm text-muted sm:ml-auto">
          {t('controls.count', { count: found.length })}
        </span>
      </div>
      {found.length > 0 ? (
        <Rows url={url} controls={found} />
      ) : (
        <EmptyState title={t('controls.noMatch.title')} action={<Button onClick={() => url.set(cleared)}>{t('controls.noMatch.action')}</Button>}>
          {t('controls.noMatch.text')}
        </EmptyState>
      )}
    </>
  )
}

const orders: Record<string, (a: Control, b: Control) => number> = {
  state: (a, b) => controlStates.indexOf(a.state) - controlStates.indexOf(b.state),
  title: (a, b) => a.title.localeCompare(b.title),
  owner: (a, b) => (a.owner ?? a.role ?? '').localeCompare(b.owner ?? b.role ?? ''),
  shown_by: (a, b) => a.shown_by.localeCompare(b.shown_by),
}

function Rows({ url, controls }: { url: Url; controls: Control[] }) {
  const [, navigate] = useLocation()
  const grid = useRef<GridHandle>(null)
  const asked = url.one('sort')
  const name = asked.replace(/^-/, '')
  const sort = name in orders ? asked : 'state'
  const rows = useMemo(() => {
    const by = orders[sort.replace(/^-/, '')] ?? (() => 0)
    return [...controls].sort((a, b) => (sort.startsWith('-') ? by(b, a) : by(a, b)))
  }, [controls, sort])
  const go = (by: number) => grid.current?.focusRow(Math.max(0, Math.min(rows.length - 1, (rowOf(document.activeElement) ?? -by) + by)))
  useKeys({ next: () => go(1), previous: () => go(-1) })
  const onOpen = useStable((index: number) => {
    const one = rows[index]
    if (one) navigate(controlPath(one.id))
  })
  const columns = useMemo(
    (): GridColumn[] => [
      { id: 'title', title: t('controls.column.title'), width: 260, grow: 5, sortable: true },
      { id: 'state', title: t('controls.column.state'), width: 150, grow: 0, sortable: true },
      { id: 'reason', title: t('controls.column.reason'), width: 220, grow: 3 },
      { id: 'shown_by', title: t('controls.column.shown_by'), width: 120, grow: 0, sortable: true },
      { id: 'owner', title: t('controls.column.owner'), width: 150, grow: 1, sortable: true },
      { id: 'frameworks', title: t('controls.column.frameworks'), width: 150, grow: 1 },
    ],
    [],
  )
  const titles = useFrameworks().data
  const cell = useCallback((one: Control, id: string) => cellOf(one, id, new Map(titles?.map((f) => [f.id, f.title]))), [titles])
  return (
    <Grid
      handle={grid}
      label={t('controls.list')}
      hint={t('controls.listHint')}
      list={`${sort} ${rows.length}`}
      columns={columns}
      count={rows.length}
      rowAt={useCallback((index: number) => rows[index], [rows])}
      cell={cell}
      onOpen={onOpen}
      sort={sort}
      onSort={(column) => url.set({ sort: nextSort(sort, column) })}
    />
  )
}

function cellOf(one: Control, id: string, titles: ReadonlyMap<string, string>) {
  switch (id) {
    case 'title':
      return (
        <span className="font-medium">
          <Text>{one.title}</Text>
        </span>
      )
    case 'state':
      return <ControlStateChip state={one.state} />
    case 'reason':
      return (
        <span className="text-muted">
          <Sentence>{statement(one.reason)}</Sentence>
        </span>
      )
    case 'shown_by':
      return <span className={one.shown_by === 'nothing' ? 'text-warn' : undefined}>{t(`controls.shownBy.${one.shown_by}`)}</span>
    case 'owner':
      return one.owner ? <Text>{one.owner}</Text> : <span className="text-muted">{one.role ?? '–'}</span>
    default:
      return <span className="text-muted">{[...new Set(one.requirements.map(({ framework }) => titles.get(framework) ?? framework))].join(', ')}</span>
  }
}
