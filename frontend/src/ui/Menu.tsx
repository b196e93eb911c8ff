import { Menu as Base } from '@base-ui/react/menu'
import { Ellipsis } from 'lucide-react'
import type { ReactNode } from 'react'
import { IconButton } from './Button'
import { cx } from './cx'
import { offlineReason, useOffline } from './offline'

export interface MenuEntry {
  id: string
  title: string
  icon: ReactNode
  danger?: boolean
  /** It is off while the agent does not answer. */
  asksAgent?: boolean
  onSelect: () => void
}

export function ActionMenu({ label, entries }: { label: string; entries: MenuEntry[] }) {
  const offline = useOffline()
  return (
    <Base.Root>
      <Base.Trigger render={<IconButton label={label} />}>
        <Ellipsis size={16} aria-hidden />
      </Base.Trigger>
      <Base.Portal>
        <Base.Positioner align="end" sideOffset={4} className="z-40">
          <Base.Popup className="min-w-40 rounded-lg bg-panel p-1 shadow-pop outline-none">
            {entries.map((entry) => (
              <Base.Item
                key={entry.id}
                onClick={entry.onSelect}
                disabled={offline && entry.asksAgent === true}
                title={offline && entry.asksAgent ? offlineReason : undefined}
                className={cx(
                  'flex h-8 items-center gap-2 rounded-md px-2 text-sm outline-none select-none data-[highlighted]:bg-hover data-[disabled]:opacity-50',
                  entry.danger && 'text-bad',
                )}
              >
                {entry.icon}
                {entry.title}
              </Base.Item>
            ))}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
