import { Dialog as Base } from '@base-ui/react/dialog'
import { X } from 'lucide-react'
import { useRef, type ReactNode } from 'react'
import { t } from '@/words'
import { IconButton } from './Button'
import { cx } from './cx'

interface Props {
  open: boolean
  onClose: () => void
  title: ReactNode
  children: ReactNode
}

const backdrop = 'fixed inset-0 z-30 bg-(--backdrop)'

/**
 * A question that waits for an answer. It opens with the focus on what in it has `data-first`, else on its first control,
 * and gives the focus back where it was; autoFocus would take it before that is known.
 */
export function Dialog({ open, onClose, title, children, footer, wide = false }: Props & { footer: ReactNode; wide?: boolean }) {
  const popup = useRef<HTMLDivElement>(null)
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={backdrop} />
        <Base.Popup
          ref={popup}
          initialFocus={() => popup.current?.querySelector<HTMLElement>('[data-first]') ?? true}
          className={cx(
            'fixed left-1/2 z-30 flex max-h-[calc(100dvh-2rem)] -translate-x-1/2 flex-col rounded-xl bg-panel shadow-pop outline-none',
            wide ? 'top-[max(1rem,8vh)] w-[min(42rem,calc(100vw-2rem))]' : 'top-[max(1rem,18vh)] w-[min(30rem,calc(100vw-2rem))]',
          )}
        >
          <div className="min-h-0 overflow-y-auto p-5">
            <Base.Title className="text-lg font-semibold">{title}</Base.Title>
            <div className="mt-2 space-y-2 text-base text-muted">{children}</div>
          </div>
          <div className="flex flex-wrap justify-end gap-2 border-t border-line px-5 py-3">{footer}</div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}

/** A look at something beside the page, closed with Esc. It opens with the focus on its title, which says what of whom it shows. */
export function Drawer({ open, onClose, title, children, side = 'right' }: Props & { side?: 'left' | 'right' }) {
  const heading = useRef<HTMLHeadingElement>(null)
  const place = side === 'right' ? 'right-0 w-[min(56rem,100vw)] border-l' : 'left-0 w-[min(16rem,85vw)] border-r'
  return (
    <Base.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Base.Portal>
        <Base.Backdrop className={backdrop} />
        <Base.Popup initialFocus={heading} className={`fixed inset-y-0 z-30 flex flex-col border-line bg-panel outline-none ${place}`}>
          <div className="flex h-12 shrink-0 items-center justify-between gap-4 border-b border-line pr-3 pl-5">
            <Base.Title ref={heading} tabIndex={-1} className="truncate text-base font-semibold outline-none">
              {title}
            </Base.Title>
            <Base.Close render={<IconButton label={t('common.close')} />}>
              <X size={16} aria-hidden />
            </Base.Close>
          </div>
          <div tabIndex={0} className="min-h-0 flex-1 overflow-auto focus-visible:-outline-offset-2">
            {children}
          </div>
        </Base.Popup>
      </Base.Portal>
    </Base.Root>
  )
}
