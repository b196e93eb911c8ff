import { CornerDownRight, UserRound } from 'lucide-react'
import { useState, type MouseEvent, type ReactNode } from 'react'
import { Link, useLocation } from 'wouter'
import type { ConnectionItem } from '@/api/types'
import { count } from '@/lib/numbers'
import { changesPath, connectionPath } from '@/lib/paths'
import { visible } from '@/lib/visible'
import { statement } from '@/lib/words'
import { Activity } from '@/parts/Activity'
import { editEntry, pauseEntry, disconnectEntry, syncEntry, useConnectionVerbs } from '@/parts/connectionMenu'
import { ConnectorMark } from '@/parts/ConnectorMark'
import { HealthChip } from '@/parts/HealthChip'
import { HistoryStrip } from '@/parts/HistoryStrip'
import { DisconnectDialog } from '@/parts/DisconnectDialog'
import { Button, ButtonLink } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { Checkbox } from '@/ui/Field'
import { Flash } from '@/ui/Flash'
import { ActionMenu } from '@/ui/Menu'
import { useOffline } from '@/ui/offline'
import { usePreferences } from '@/ui/preferences'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { BulkDialog } from './BulkDialog'
import type { Bulk } from './useBulk'
import type { Layout } from './useLayout'
import type { Selection } from './useSelection'

interface Props {
  connection: ConnectionItem
  /** The latest answer does not have it any more. */
  left: boolean
  selection: Selection
  bulk: Bulk
  titles: ReadonlyMap<string, string>
  layout: Layout
  /** How many columns the whole row spans. */
  span: number
}

export function ConnectionRow({ connection, left, selection, bulk, titles, layout, span }: Props) {
  const [, navigate] = useLocation()
  const { density } = usePreferences()
  const path = connectionPath(connection)
  const selected = selection.has(connection.id)
  const cell = cx('px-2 align-middle', density === 'compact' ? 'h-9 py-1' : 'h-14 py-2')
  const open = (event: MouseEvent) => {
    const { target, currentTarget } = event
    // A menu or dialog of the row bubbles its clicks here, though it lies elsewhere in the page.
    if (!(target instanceof Element) || !currentTarget.contains(target) || target.closest('a, button, label, input')) return
    navigate(path)
  }
  return (
    <tbody onClick={open} className={cx('group/row cursor-pointer border-b border-line', selected ? 'bg-accent-soft' : 'hover:bg-hover', left && 'opacity-60')}>
      <tr data-alias={connection.alias} data-id={connection.id}>
        <td className={cx(cell, 'w-9 pr-0')}>
          <label className="flex size-6 items-center justify-center">
            <Checkbox
              aria-label={t('connections.select_row', { alias: connection.alias })}
              checked={selected}
              // The click that changed it says whether a range was meant; preventing it would leave the box unchecked.
              onChange={({ nativeEvent }) => (nativeEvent instanceof MouseEvent && nativeEvent.shiftKey ? selection.extend(connection) : selection.toggle(connection))}
            />
          </label>
        </td>
        <th scope="row" className={cx(cell, 'pl-1 font-normal')}>
          <Name connection={connection} path={path} left={left} titles={titles} layout={layout} compact={density === 'compact'} />
        </th>
        <Cells connection={connection} layout={layout} cell={cell} compact={density === 'compact'} />
        <td className={cx(cell, 'text-right')}>
          <RowMenu connection={connection} bulk={bulk} />
        </td>
      </tr>
      {layout !== 'wide' && <MoreLine connection={connection} narrow={layout === 'narrow'} span={span} />}
      <TroubleLine connection={connection} path={path} span={span} />
    </tbody>
  )
}

interface CellsProps {
  connection: ConnectionItem
  layout: Layout
  cell: string
  compact: boolean
}

/** The cells between the name and the actions, as far as there is room for them. */
function Cells({ connection, layout, cell, compact }: CellsProps) {
  if (layout === 'narrow') return null
  const wide = layout === 'wide'
  return (
    <>
      <td className={cell}>
        <Flash of={`${connection.health} ${connection.reason}`}>
          <HealthChip verdict={connection} layout={compact ? 'row' : 'stack'} />
        </Flash>
      </td>
      <td className={cell}>
        <Activity connection={connection} />
      </td>
      {wide && (
        <td className={cx(cell, 'whitespace-nowrap')}>
          <LastSuccess connection={connection} />
        </td>
      )}
      {wide && (
        <td className={cx(cell, 'whitespace-nowrap')}>
          <NextRun connection={connection} />
        </td>
      )}
      <td className={cell}>
        <HistoryStrip connection={connection} />
      </td>
      {wide && (
        <td className={cx(cell, 'tabular text-right')}>
          <Flash of={String(connection.records)}>{count(connection.records)}</Flash>
        </td>
      )}
      {wide && (
        <td className={cx(cell, 'whitespace-nowrap')}>
          <Changes connection={connection} />
        </td>
      )}
      {wide && (
        <td className={cell}>
          <span className="block max-w-32 truncate">{connection.owner ? <Text>{connection.owner}</Text> : <span className="text-faint">–</span>}</span>
        </td>
      )}
    </>
  )
}

interface LineProps {
  connection: ConnectionItem
  path: string
  span: number
}

interface NameProps {
  connection: ConnectionItem
  path: string
  left: boolean
  titles: ReadonlyMap<string, string>
  layout: Layout
  compact: boolean
}

function Name({ connection, path, left, titles, layout, compact }: NameProps) {
  const [first, ...others] = connection.categories
  const category = first ? `${titles.get(first) ?? visible(first)}${others.length > 0 ? ` +${others.length}` : ''}` : ''
  const notices = connection.notices.length
  return (
    <div className="flex items-center gap-2.5">
      {!compact && <ConnectorMark name={connection.connector_name} categories={connection.categories} />}
      <div className={cx('min-w-0', compact && 'flex flex-wrap items-baseline gap-x-2')}>
        <Link href={path} data-row-link="" className="inline-block min-h-5 font-medium break-all hover:underline">
          {connection.alias}
        </Link>
        <p className="text-xs text-muted xl:max-w-44 xl:truncate">
          <Text>{connection.connector_name}</Text>
          {category && <span title={connection.categories.map((id) => titles.get(id) ?? id).join(', ')}> · {category}</span>}
          {notices > 0 && <span className="text-warn"> · {t('connections.notices', { count: notices })}</span>}
          {left && <span className="font-medium"> · {t('connections.left')}</span>}
        </p>
        {layout === 'narrow' && (
          <div className="mt-1">
            <HealthChip verdict={connection} />
          </div>
        )}
      </div>
    </div>
  )
}

/** What has no column of its own where there is less room. */
function MoreLine({ connection, narrow, span }: Omit<LineProps, 'path'> & { narrow: boolean }) {
  const fact = (title: string, value: ReactNode) => (
    <span className="whitespace-nowrap">
      <span className="text-faint">{title}</span> {value}
    </span>
  )
  return (
    <tr>
      <td colSpan={span} className="pr-2 pb-2 pl-11">
        <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-xs text-muted">
          {narrow && <Activity connection={connection} />}
          {fact(t('connections.col_last_success'), <LastSuccess connection={connection} />)}
          {fact(t('connections.col_next_run'), <NextRun connection={connection} />)}
          {fact(t('connections.col_records'), count(connection.records))}
          {fact(t('connections.col_changes'), <Changes connection={connection} />)}
          {fact(t('connections.col_owner'), connection.owner ? <Text>{connection.owner}</Text> : '–')}
          {narrow && <HistoryStrip connection={connection} />}
        </div>
      </td>
    </tr>
  )
}

/** What the failing step met, and the one thing that helps. */
function TroubleLine({ connection, path, span }: LineProps) {
  const { trouble } = connection
  if (!trouble) return null
  return (
    <tr>
      <td colSpan={span} className="pr-2 pb-3 pl-11 text-sm xl:pl-13">
        <div className="flex items-start gap-x-4 gap-y-2 max-md:flex-col">
          <div className="flex min-w-0 gap-2 py-1">
            <CornerDownRight size={14} aria-hidden className="mt-0.75 shrink-0 text-faint" />
            <p className="max-w-5xl">
              {trouble.step && (
                <span className="font-medium">
                  <Text>{trouble.step}</Text>:{' '}
                </span>
              )}
              <Sentence>{statement(trouble.message)}</Sentence>{' '}
              {trouble.remedy && (
                <span className="text-muted">
                  <Sentence>{trouble.remedy}</Sentence>
                </span>
              )}
            </p>
          </div>
          <Help connection={connection} path={path} action={trouble.action} />
        </div>
      </td>
    </tr>
  )
}

type Action = NonNullable<ConnectionItem['trouble']>['action']

function Help({ connection, path, action }: { connection: ConnectionItem; path: string; action: Action }) {
  const title = t(`connections.help_${action}`)
  const label = t('connections.help_for', { action: title, alias: connection.alias })
  if (action === 'sync' || action === 'resume') {
    return connection.activity === 'idle' ? <HelpButton connection={connection} action={action} title={title} label={label} /> : null
  }
  const run = connection.last_run ? `?run=${connection.last_run.id}` : ''
  return (
    <ButtonLink size="sm" aria-label={label} href={action === 'edit' ? `${path}/edit` : action === 'read' ? path + run : path}>
      {title}
    </ButtonLink>
  )
}

function HelpButton({ connection, action, title, label }: { connection: ConnectionItem; action: 'sync' | 'resume'; title: string; label: string }) {
  const verbs = useConnectionVerbs(connection)
  return (
    <Button size="sm" asksAgent busy={verbs.busy} aria-label={label} onClick={action === 'sync' ? verbs.sync : verbs.resume}>
      {title}
    </Button>
  )
}

const LastSuccess = ({ connection }: { connection: ConnectionItem }) => <Time at={connection.last_success_at} missing={t('connections.never')} />

function NextRun({ connection }: { connection: ConnectionItem }) {
  const offline = useOffline()
  if (connection.paused) return <span className="text-faint">{t('connections.paused')}</span>
  if (offline) return <span className="text-faint">{t('connections.not_known')}</span>
  return <Time at={connection.next_run_at} missing={connection.schedule ? '–' : t('connections.when_asked')} />
}

/** What the latest run changed, as a way to the changes. */
function Changes({ connection }: { connection: ConnectionItem }) {
  const { added = 0, changed = 0, removed = 0, id = '' } = connection.last_run ?? {}
  if (added + changed + removed === 0) return <span className="text-faint">{connection.last_run?.status === 'succeeded' ? t('connections.no_changes') : '–'}</span>
  const parts = [added > 0 && `+${count(added)}`, changed > 0 && `~${count(changed)}`, removed > 0 && `−${count(removed)}`].filter(Boolean)
  return (
    <Link href={changesPath({ connection: connection.id, run: id })} aria-label={t('connections.changes_label', { added, changed, removed })} className="tabular inline-block min-h-5 hover:underline">
      {parts.join(' ')}
    </Link>
  )
}

function RowMenu({ connection, bulk }: { connection: ConnectionItem; bulk: Bulk }) {
  const [, navigate] = useLocation()
  const [asking, setAsking] = useState<'remove' | 'owner'>()
  const verbs = useConnectionVerbs(connection)
  return (
    <>
      <ActionMenu
        label={t('connections.actions_for', { alias: connection.alias })}
        entries={[
          ...syncEntry(connection, verbs),
          pauseEntry(connection, verbs),
          editEntry(() => navigate(`${connectionPath(connection)}/edit`)),
          { id: 'owner', title: t('connections.set_owner'), icon: <UserRound size={14} aria-hidden />, asksAgent: true, onSelect: () => setAsking('owner') },
          disconnectEntry(() => setAsking('remove')),
        ]}
      />
      {asking === 'remove' && <DisconnectDialog connection={connection} open onClose={() => setAsking(undefined)} />}
      {asking === 'owner' && <BulkDialog kind="owner" items={[connection]} owners={[]} onClose={() => setAsking(undefined)} onGo={bulk.begin} />}
    </>
  )
}
