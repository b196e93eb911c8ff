import { X } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { IconButton } from './Button'
import { Drawer } from './Dialog'
import { Text } from './Text'
import { useWide } from './useWide'

interface Props {
  /** What it is of; another one begins at its top. */
  of: string
  title: string
  /** Names the part of the page for a screen reader, and what in it scrolls. */
  label: string
  content: string
  close: string
  onClose: () => void
  /** Counts up to have it take the focus. */
  focus?: number
  children: ReactNode
}

/** From this width on it stands beside the list; below it covers the page. */
const beside = '70rem'

/** A look at a row beside the list that it was opened from. */
export function Beside(props: Props) {
  const wide = useWide(beside)
  if (wide) return <Panel {...props} />
  return (
    <Drawer open onClose={props.onClose} title={<Text>{props.title}</Text>}>
      <div className="p-5" data-peek={props.of}>
        {props.children}
      </div>
    </Drawer>
  )
}

function Panel({ of, title, label, content, close, onClose, focus = 0, children }: Props) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (focus > 0) heading.current?.focus()
  }, [focus])
  return (
    <aside aria-label={label} className="flex w-[min(30rem,45%)] shrink-0 flex-col border-l border-line bg-panel" data-peek={of}>
      <div className="flex min-h-12 shrink-0 items-center justify-between gap-3 border-b border-line py-2 pr-2 pl-5">
        <h2 ref={heading} tabIndex={-1} className="min-w-0 truncate text-base font-semibold">
          <Text>{title}</Text>
        </h2>
        <IconButton label={close} onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </div>
      <div key={of} tabIndex={0} role="region" aria-label={content} className="min-h-0 flex-1 overflow-y-auto px-5 py-3 focus-visible:-outline-offset-2">
        {children}
      </div>
    </aside>
  )
}
