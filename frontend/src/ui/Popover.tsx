import { Popover as Base } from '@base-ui/react/popover'
import type { ReactElement, ReactNode } from 'react'

interface Props {
  /** The button that opens it. */
  trigger: ReactElement<Record<string, unknown>>
  title: ReactNode
  children: ReactNode
  align?: 'start' | 'center' | 'end'
  /** It is open from the start, for a popover that is made when its button is first pressed. */
  defaultOpen?: boolean
  /** Whether it is open, where its owner decides that. */
  open?: boolean
  onOpenChange?: (open: boolean) => void
}

/** A little panel beside its button, closed with Esc or by a press outside. */
export function Popover({ trigger, title, children, align = 'start', defaultOpen, open, onOpenChange }: Props) {
  return (
    <Base.Root defaultOpen={defaultOpen} open={open} onOpenChange={onOpenChange}>
      <Base.Trigger render={trigger} />
      <Base.Portal>
        <Base.Positioner align={align} sideOffset={6} collisionPadding={12} className="z-40">
          <Base.Popup className="flex max-h-[min(28rem,var(--available-height))] max-w-[min(26rem,calc(100vw-1.5rem))] min-w-56 flex-col rounded-lg bg-panel shadow-pop outline-none">
            <Base.Title className="border-b border-line px-3 py-2 text-sm font-semibold">{title}</Base.Title>
            <div className="min-h-0 overflow-y-auto p-1.5 text-sm">{children}</div>
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  )
}
