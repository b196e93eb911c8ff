import { useCallback, useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import type { Account, AccountList, AccountPage } from '@/api/people'
import { asProblem } from '@/api/problem'
import { visible } from '@/lib/visible'
import { targetOf, type Ask, type Target } from '@/parts/accounts/DecisionDialog'
import { DecisionQuestion } from '@/parts/accounts/DecisionReport'
import { accountName } from '@/parts/accounts/names'
import { PositionNote } from '@/parts/accounts/PositionNote'
import { useDecisions } from '@/parts/accounts/useDecisions'
import { nextSort } from '@/parts/records/listState'
import { Sources } from '@/parts/records/Sources'
import { announce } from '@/ui/Announce'
import { Button, ButtonLink } from '@/ui/Button'
import { Checkbox } from '@/ui/Field'
import { Grid, type GridHandle, type Opening } from '@/ui/grid/Grid'
import { rowOf } from '@/ui/grid/place'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useDebounced } from '@/ui/useDebounced'
import { useKeys } from '@/ui/useKeys'
import { useStable } from '@/ui/useStable'
import { useUrl, type Url } from '@/ui/useUrl'
import { t } from '@/words'
import { AccountPanel } from './AccountPanel'
import { chosenOf, cleared, isFiltered, queryOf } from './address'
import { BulkBar } from './BulkBar'
import { cellOf, columnsOf, gridColumns } from './columns'
import { useAccounts } from './queries'
import { Toolbar } from './Toolbar'
import { isSelected, useSelection, type Selection } from './useSelection'

/** The accounts of a page to search, filter, sort, open and decide about. */
export function AccountBrowser({ page }: { page: AccountPage }) {
  const url = useUrl()
  const words = useDebounced(url.one('q').trim(), 150)
  const query = queryOf(url, words)
  const { head, rows } = useAccounts(page, query)
  const selection = useSelection({ page, query, rowAt: rows.rowAt })
  const decisions = useDecisions(selection.clear)
  const list = head.data
  const matched = list?.matched
  const filtered = isFiltered(url)
  useEffect(() => {
    if (filtered && matched !== undefined) announce(t('accounts.count', { count: matched }))
  }, [filtered, matched])
  return (
    <div className="mt-3 flex min-h-0 flex-1 flex-col overflow-hidden rounded-lg border border-line bg-panel" data-accounts={page}>
      <Toolbar page={page} url={url} list={list} stale={head.isPlaceholderData} />
      {list && <Sources sources={list.sources} />}
      {list && <PositionNote position={list.position} />}
      {head.isPending ? (
        <SkeletonRows rows={8} label={t('accounts.loading')} />
      ) : !list ? (
        <ErrorState what={t('accounts.failed')} problem={asProblem(head.error)} onRetry={() => void head.refetch()} />
      ) : list.items.length === 0 ? (
        <Nothing page={page} url={url} list={list} />
      ) : (
        <Rows page={page} url={url} rows={rows} selection={selection} decisions={decisions} list={JSON.stringify(query)} />
      )}
      <BulkBar selection={selection} decisions={decisions} matched={matched} />
      <DecisionQuestion decisions={decisions} />
    </div>
  )
}

function Nothing({ page, url, list }: { page: AccountPage; url: Url; list: AccountList }) {
  if (list.position.state === 'building') return <EmptyState title={t('accounts.buildingTitle')} />
  if (isFiltered(url)) {
    return (
      <EmptyState title={t('accounts.noMatch.title')} action={<Button onClick={() => url.set(cleared)}>{t('accounts.noMatch.action')}</Button>}>
        {t('accounts.noMatch.text')}
      </EmptyState>
    )
  }
  const href = page === 'all' ? '/connections/available' : `/connections/available?category=${categories[page]}`
  return (
    <EmptyState title={t('accounts.none.title')} action={<ButtonLink href={href}>{t('accounts.none.action')}</ButtonLink>}>
      {t(`accounts.none.${page}`)}
    </EmptyState>
  )
}

const categories = {
  'access-review': 'user_access_review', 'background-check': 'background_check', infrastructure: 'infrastructure', observability: 'observability',
  'version-control': 'version_control',
} as const

interface RowsProps {
  page: AccountPage
  url: Url
  rows: ReturnType<typeof useAccounts>['rows']
  selection: Selection
  decisions: ReturnType<typeof useDecisions>
  /** Another list begins at its top. */
  list: string
}

/** The rows, and beside them the account that is open. */
function Rows({ page, url, rows, selection, decisions, list }: RowsProps) {
  const { rowAt, onRange, total, failed, retry } = rows
  const grid = useRef<GridHandle>(null)
  const box = useRef<HTMLDivElement>(null)
  const [at, setAt] = useState<number>()
  const [focus, setFocus] = useState(0)
  const peek = url.one('peek')
  const opened = peek && at !== undefined && rowAt(at)?.id === peek ? at : undefined
  const show = (index: number) => {
    const account = rowAt(index)
    if (!account) return
    setAt(index)
    url.set({ peek: account.id }, peek ? 'typing' : 'choosing')
  }
  const close = () => {
    url.set({ peek: '' })
    grid.current?.focusRow(opened ?? 0)
  }
  const onOpen = useStable((index: number, how: Opening) => {
    show(index)
    if (how === 'enter') setFocus((n) => n + 1)
  })
  const onSelect = useStable((index: number, several: boolean) => (several ? selection.extend(index) : selection.toggle(index)))
  const step = (by: number) => {
    const to = opened === undefined ? undefined : opened + by
    return to !== undefined && rowAt(to) ? () => show(to) : undefined
  }
  const go = (by: number) => {
    const from = rowOf(document.activeElement)
    const to = from === undefined ? (at ?? 0) : Math.max(0, Math.min(total - 1, from + by))
    grid.current?.focusRow(to)
    if (peek) show(to)
  }
  useRowKeys({ box, selection, rowAt, opened: opened === undefined ? undefined : rowAt(opened), decisions, go })
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Escape' || event.defaultPrevented || !peek || !box.current?.contains(event.target as Node)) return
    event.preventDefault()
    close()
  }
  const removed = chosenOf(url, 'state').includes('removed')
  const columns = useMemo(() => gridColumns(columnsOf(page, removed)), [page, removed])
  const cell = useCallback(
    (account: Account, column: string) => 
      column === 'name' ? <NameCell account={account} selected={isSelected(selection.state, account.id)} onSelect={onSelect} /> : cellOf(account, column),
    [onSelect, selection.state],
  )
  return (
    <div ref={box} className="flex min-h-0 flex-1" onKeyDown={onKeyDown}>
      <div className="flex min-w-0 flex-1 flex-col">
        <Grid
          handle={grid}
          label={t('accounts.list')}
          hint={t('accounts.listHint')}
          list={list}
          columns={columns}
          count={total}
          rowAt={rowAt}
          cell={cell}
          onRange={onRange}
          onOpen={onOpen}
          onMove={(index) => peek && show(index)}
          {...(opened !== undefined && { opened })}
          sort={url.one('sort') || 'name'}
          onSort={(column) => url.set({ sort: nextSort(url.one('sort') || 'name', column) })}
        />
        {failed && (
          <p role="alert" className="flex items-center justify-center gap-3 border-t border-line p-2 text-sm text-muted">
            {t('accounts.failed')}
            <Button size="sm" asksAgent onClick={retry}>
              {t('common.retry')}
            </Button>
          </p>
        )}
      </div>
      {peek && <AccountPanel id={peek} page={page} decisions={decisions} onClose={close} onPrevious={step(-1)} onNext={step(1)} focus={focus} />}
    </div>
  )
}

interface NameProps {
  account: Account
  selected: boolean
  onSelect: (index: number, several: boolean) => void
}

/** What an account is called, with the box that selects it. */
function NameCell({ account, selected, onSelect }: NameProps) {
  return (
    <span className="flex items-center gap-2">
      <label className="-ml-1 grid size-6 shrink-0 place-items-center" onClick={(event) => event.stopPropagation()}>
        <Checkbox
          tabIndex={-1}
          aria-label={t('accounts.select', { name: visible(accountName(account), 80) })}
          checked={selected}
          onChange={(event) => {
            const index = rowOf(event.currentTarget)
            if (index !== undefined) onSelect(index, (event.nativeEvent as MouseEvent).shiftKey)
          }}
        />
      </label>
      <span className="min-w-0 truncate">{cellOf(account, 'name')}</span>
    </span>
  )
}

interface KeysOf {
  box: React.RefObject<HTMLDivElement | null>
  selection: Selection
  rowAt: (index: number) => Account | undefined
  opened: Account | undefined
  decisions: ReturnType<typeof useDecisions>
  go: (by: number) => void
}

/** The keys of the list. What they decide is about what is selected, else about the row that has the focus or is open. */
function useRowKeys({ box, selection, rowAt, opened, decisions, go }: KeysOf) {
  const row = () => (box.current?.contains(document.activeElement) ? rowOf(document.activeElement) : undefined)
  const withRow = (work: (index: number) => void) => () => {
    const index = row()
    if (index === undefined) return false
    work(index)
    return true
  }
  const ask = (what: (target: Target) => [Ask, Target]) => () => {
    const index = row()
    const one = index === undefined ? opened : rowAt(index)
    const target = selection.target() ?? (one && targetOf([one]))
    if (!target) return false
    decisions.ask(...what(target))
    return true
  }
  useKeys({
    next: () => go(1),
    previous: () => go(-1),
    select: withRow(selection.toggle),
    select_to: withRow(selection.extend),
    link: ask((target) => ['link', target]),
    unlink: ask((target) => ['unlink', target]),
    in_scope: ask((target) => [target.one && !target.one.in_scope ? 'in' : 'out', target]),
    mark_service: ask((target) => ['kind', { ...target, kind: 'service' }]),
  })
}
