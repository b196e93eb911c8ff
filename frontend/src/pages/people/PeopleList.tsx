import { useCallback, useEffect, useMemo, useRef } from 'react'
import { useLocation } from 'wouter'
import type { Person, PersonList } from '@/api/people'
import { asProblem } from '@/api/problem'
import { dateOnly } from '@/lib/time'
import { personName, personPath, valueWord } from '@/parts/accounts/names'
import { PersonStatusChip } from '@/parts/accounts/PersonName'
import { PositionNote } from '@/parts/accounts/PositionNote'
import { FacetMenu } from '@/parts/FacetMenu'
import { nextSort } from '@/parts/records/listState'
import { announce } from '@/ui/Announce'
import { Button, ButtonLink } from '@/ui/Button'
import { Grid, type GridColumn, type GridHandle } from '@/ui/grid/Grid'
import { rowOf } from '@/ui/grid/place'
import { SearchBox } from '@/ui/SearchBox'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { useDebounced } from '@/ui/useDebounced'
import { useKeys } from '@/ui/useKeys'
import { useNow } from '@/ui/useNow'
import { useStable } from '@/ui/useStable'
import { useUrl, type Url } from '@/ui/useUrl'
import { t } from '@/words'
import { usePeople } from './queries'

const facetNames = ['status', 'background_check', 'flagged', 'department', 'source'] as const
type FacetName = (typeof facetNames)[number]

const facetsOf = (url: Url) => url.all('facet').filter((facet) => facetNames.some((name) => facet.startsWith(`${name}:`)))
const chosenOf = (url: Url, name: FacetName) => facetsOf(url).filter((f) => f.startsWith(`${name}:`)).map((f) => f.slice(name.length + 1))
const cleared = { q: '', facet: '' }

/** Everybody whom a source knows, to search, filter and sort. */
export function PeopleList() {
  const url = useUrl()
  const q = useDebounced(url.one('q').trim(), 150)
  const facet = facetsOf(url)
  const query = { ...(q && { q }), ...(facet.length > 0 && { facet }), ...(url.one('sort') && { sort: url.one('sort') }) }
  const { head, rows } = usePeople(query)
  const list = head.data
  const filtered = url.one('q').trim() !== '' || facet.length > 0
  const matched = list?.matched
  useEffect(() => {
    if (filtered && matched !== undefined) announce(t('people.count', { count: matched }))
  }, [filtered, matched])
  return (
    <>
      <Toolbar url={url} list={list} filtered={filtered} stale={head.isPlaceholderData} />
      {list && <PositionNote position={list.position} />}
      {head.isPending ? (
        <SkeletonRows rows={8} label={t('people.loading')} />
      ) : !list ? (
        <ErrorState what={t('people.failed')} problem={asProblem(head.error)} onRetry={() => void head.refetch()} />
      ) : list.items.length > 0 ? (
        <Rows url={url} rows={rows} list={JSON.stringify(query)} />
      ) : list.position.state === 'building' ? (
        <EmptyState title={t('accounts.buildingTitle')} />
      ) : filtered ? (
        <EmptyState title={t('people.noMatch.title')} action={<Button onClick={() => url.set(cleared)}>{t('people.noMatch.action')}</Button>}>
          {t('people.noMatch.text')}
        </EmptyState>
      ) : (
        <EmptyState title={t('people.none.title')} action={<ButtonLink href="/connections/available?category=hris">{t('people.none.action')}</ButtonLink>}>
          {t('people.none.text')}
        </EmptyState>
      )}
    </>
  )
}

interface ToolbarProps {
  url: Url
  list: PersonList | undefined
  filtered: boolean
  stale: boolean
}

function Toolbar({ url, list, filtered, stale }: ToolbarProps) {
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-3">
      <SearchBox label={t('people.search')} value={url.one('q')} onChange={(value) => url.set({ q: value }, 'typing')} />
      {facetNames.map((name) => (
        <FacetMenu
          key={name}
          title={t(`people.facet.${name}`)}
          facet={list?.facets.find((facet) => facet.name === name)}
          chosen={chosenOf(url, name)}
          titleOf={(value) => titleOf(name, value)}
          onChange={(values) => url.set({ facet: [...facetsOf(url).filter((f) => !f.startsWith(`${name}:`)), ...values.map((v) => `${name}:${v}`)] })}
        />
      ))}
      {filtered && (
        <button type="button" onClick={() => url.set(cleared)} className="h-7 px-1.5 text-sm text-muted underline hover:text-text">
          {t('accounts.facet.clearAll')}
        </button>
      )}
      <span role="status" className={`text-sm sm:ml-auto ${stale ? 'text-faint' : 'text-muted'}`}>
        {list?.matched !== undefined && t('people.count', { count: list.matched })}
      </span>
    </div>
  )
}

function titleOf(name: FacetName, value: string): string {
  if (name === 'status') return statusWord(value)
  if (name === 'department') return value || t('people.noDepartment')
  return name === 'source' ? value : valueWord(value)
}

const statuses = ['active', 'joining', 'leaving', 'left', 'unknown'] as const
const statusWord = (value: string) => t(`accounts.personStatus.${statuses.find((status) => status === value) ?? 'unknown'}`)

const column = (id: Exclude<keyof Words, 'sources'>, width: number, more: Partial<GridColumn> = {}): GridColumn => ({
  id, title: t(`people.column.${id}`), width, sortable: true, ...more,
})
type Words = Record<'name' | 'email' | 'title' | 'department' | 'status' | 'accounts' | 'flagged' | 'background_check' | 'started_at' | 'ended_at' | 'sources', string>

interface RowsProps {
  url: Url
  rows: ReturnType<typeof usePeople>['rows']
  list: string
}

function Rows({ url, rows, list }: RowsProps) {
  const [, navigate] = useLocation()
  const now = useNow()
  const grid = useRef<GridHandle>(null)
  const { rowAt, onRange, total, failed, retry } = rows
  const go = (by: number) => grid.current?.focusRow(Math.max(0, Math.min(total - 1, (rowOf(document.activeElement) ?? -by) + by)))
  const onOpen = useStable((index: number) => {
    const person = rowAt(index)
    if (person) navigate(personPath(person.id))
  })
  useKeys({ next: () => go(1), previous: () => go(-1) })
  const columns = useMemo(
    (): GridColumn[] => [
      column('name', 210, { grow: 2 }), column('status', 130), column('accounts', 120, { right: true }), column('flagged', 110, { right: true }),
      column('email', 210, { grow: 2 }), column('title', 170, { grow: 2 }), column('department', 140),
      column('background_check', 150, { sortable: false }), column('started_at', 120), column('ended_at', 120),
      { id: 'sources', title: t('people.column.sources'), width: 150 },
    ],
    [],
  )
  const cell = useCallback((person: Person, id: string) => cellOf(person, id, now), [now])
  return (
    <>
      <Grid
        handle={grid}
        label={t('people.list')}
        hint={t('people.listHint')}
        list={list}
        columns={columns}
        count={total}
        rowAt={rowAt}
        cell={cell}
        onRange={onRange}
        onOpen={onOpen}
        sort={url.one('sort') || 'name'}
        onSort={(name) => url.set({ sort: nextSort(url.one('sort') || 'name', name) })}
      />
      {failed && (
        <p role="alert" className="flex items-center justify-center gap-3 border-t border-line p-2 text-sm text-muted">
          {t('people.failed')}
          <Button size="sm" asksAgent onClick={retry}>
            {t('common.retry')}
          </Button>
        </p>
      )}
    </>
  )
}

function cellOf(person: Person, id: string, now: number) {
  const dash = <span className="text-faint">–</span>
  switch (id) {
    case 'name':
      return (
        <span className="font-medium">
          <Text>{personName(person)}</Text>
        </span>
      )
    case 'status':
      return <PersonStatusChip status={person.status} always />
    case 'accounts':
      return <Accounts person={person} />
    case 'flagged':
      return person.flagged > 0 ? <span className="tabular font-medium text-warn">{person.flagged}</span> : dash
    case 'background_check':
      return <span className={person.background_check === 'not_clear' ? 'font-medium text-bad' : undefined}>{valueWord(person.background_check)}</span>
    case 'started_at':
    case 'ended_at': {
      const at = person[id]
      return at ? dateOnly(at, now) : dash
    }
    case 'sources':
      return <Text>{person.sources.map((source) => source.alias).join(', ')}</Text>
    case 'email':
    case 'title':
    case 'department':
      return person[id] ? <Text>{person[id]}</Text> : dash
    default:
      return null
  }
}

/** How many accounts a person has; of one that left, how many are still usable. */
function Accounts({ person }: { person: Person }) {
  if (person.status === 'left' && person.active_accounts > 0) {
    return (
      <span className="tabular font-medium text-bad" title={t('people.canStillUse', { count: person.active_accounts })}>
        {person.accounts} <span className="sr-only">{t('people.canStillUse', { count: person.active_accounts })}</span>
      </span>
    )
  }
  return <span className="tabular">{person.accounts}</span>
}
