import { CornerDownRight } from 'lucide-react'
import { useState, type MouseEvent } from 'react'
import { Link, useLocation } from 'wouter'
import type { ConnectionItem } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { visible } from '@/lib/visible'
import { statement } from '@/lib/words'
import { Activity } from '@/parts/Activity'
import { editEntry, pauseEntry, removeEntry, syncEntry, useConnectionVerbs } from '@/parts/connectionMenu'
import { HealthChip } from '@/parts/HealthChip'
import { HistoryStrip } from '@/parts/HistoryStrip'
import { RemoveDialog } from '@/parts/RemoveDialog'
import { Tag } from '@/ui/Chip'
import { Mark } from '@/ui/Mark'
import { ActionMenu } from '@/ui/Menu'
import { useOffline } from '@/ui/offline'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'

const cell = 'h-14 px-3 py-2 align-middle'

export function ConnectionRow({ connection, titles }: { connection: ConnectionItem; titles: ReadonlyMap<string, string> }) {
  const [, navigate] = useLocation()
  const path = connectionPath(connection)
  const { trouble } = connection
  const open = (event: MouseEvent) => {
    const { target, currentTarget } = event
    // A menu or dialog of the row bubbles its clicks here, though it lies elsewhere in the page.
    if (!(target instanceof Element) || !currentTarget.contains(target) || target.closest('a, button')) return
    navigate(path)
  }
  return (
    <tbody onClick={open} className="cursor-pointer border-b border-line hover:bg-hover">
      <tr data-alias={connection.alias}>
        <th scope="row" className={`${cell} pl-2 font-normal`}>
          <div className="flex items-center gap-3">
            <Mark name={connection.connector_name} />
            <div className="min-w-0">
              <Link href={path} className="font-medium hover:underline lg:whitespace-nowrap">
                {connection.alias}
              </Link>
              <p className="text-xs text-muted lg:whitespace-nowrap">
                <Text>{connection.connector_name}</Text>
              </p>
              <div className="mt-1 sm:hidden">
                <HealthChip verdict={connection} />
              </div>
            </div>
          </div>
        </th>
        <td className={`${cell} hidden xl:table-cell`}>
          <div className="flex flex-wrap gap-1">
            {connection.categories.map((id) => (
              <Tag key={id}>{titles.get(id) ?? visible(id)}</Tag>
            ))}
          </div>
        </td>
        <td className={`${cell} hidden sm:table-cell`}>
          <HealthChip verdict={connection} layout="stack" />
        </td>
        <td className={`${cell} hidden md:table-cell`}>
          <Activity connection={connection} />
        </td>
        <td className={`${cell} hidden whitespace-nowrap lg:table-cell`}>
          <Time at={connection.last_success_at} missing="Never" />
        </td>
        <td className={`${cell} hidden whitespace-nowrap lg:table-cell`}>
          <NextRun connection={connection} />
        </td>
        <td className={`${cell} hidden xl:table-cell`}>
          <HistoryStrip recent={connection.recent} />
        </td>
        <td className={`${cell} pr-2 text-right`}>
          <RowMenu connection={connection} />
        </td>
      </tr>
      {trouble && (
        <tr>
          <td colSpan={8} className="pr-3 pb-3 pl-13 text-sm">
            <div className="flex gap-2">
              <CornerDownRight size={14} aria-hidden className="mt-0.5 shrink-0 text-faint" />
              <p className="max-w-4xl">
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
          </td>
        </tr>
      )}
    </tbody>
  )
}

function NextRun({ connection }: { connection: ConnectionItem }) {
  const offline = useOffline()
  if (connection.paused) return <span className="text-faint">Paused</span>
  if (offline) return <span className="text-faint">Not known</span>
  return <Time at={connection.next_run_at} missing={connection.schedule ? '–' : 'When asked'} />
}

function RowMenu({ connection }: { connection: ConnectionItem }) {
  const [, navigate] = useLocation()
  const [removing, setRemoving] = useState(false)
  const verbs = useConnectionVerbs(connection)
  return (
    <>
      <ActionMenu
        label={`Actions for ${connection.alias}`}
        entries={[
          ...syncEntry(connection, verbs),
          pauseEntry(connection, verbs),
          editEntry(() => navigate(`${connectionPath(connection)}/edit`)),
          removeEntry(() => setRemoving(true)),
        ]}
      />
      <RemoveDialog connection={connection} open={removing} onClose={() => setRemoving(false)} />
    </>
  )
}
