import { LoaderCircle } from 'lucide-react'
import type { ComponentProps, MouseEvent, ReactNode } from 'react'
import { Link } from 'wouter'
import { cx } from './cx'
import { offlineReason, useOffline } from './offline'

type Look = 'primary' | 'secondary' | 'ghost' | 'danger'
type Size = 'sm' | 'md'

const looks: Record<Look, string> = {
  primary: 'bg-accent-solid text-on-accent hover:bg-accent-hover border-transparent',
  secondary: 'bg-panel text-text border-line-strong hover:bg-hover',
  ghost: 'bg-transparent text-muted border-transparent hover:bg-hover hover:text-text',
  danger: 'bg-panel text-bad border-line-strong hover:bg-bad-soft',
}
const sizes: Record<Size, string> = { sm: 'h-7 px-2.5 text-sm', md: 'h-8 px-3 text-sm' }

const classes = (look: Look, size: Size, extra?: string) =>
  cx(
    'inline-flex items-center justify-center gap-1.5 rounded-md border font-medium whitespace-nowrap select-none transition-colors',
    'disabled:opacity-50 disabled:cursor-not-allowed aria-disabled:opacity-50 aria-disabled:cursor-not-allowed [&_svg]:shrink-0',
    looks[look],
    sizes[size],
    extra,
  )

interface Shared {
  look?: Look
  size?: Size
  icon?: ReactNode
}

type ButtonProps = ComponentProps<'button'> &
  Shared & {
    busy?: boolean
    /** It asks the agent for something, so it is off while that does not answer. */
    asksAgent?: boolean
  }

/** While it is busy it does nothing and keeps the focus, which an element that is disabled loses. */
export function Button({
  look = 'secondary', size = 'md', icon, busy = false, asksAgent = false, className, children, disabled, title, type = 'button', onClick, ...rest
}: ButtonProps) {
  const off = useOffline() && asksAgent
  return (
    <button
      {...rest}
      type={type}
      title={off ? offlineReason : title}
      disabled={!busy && (disabled || off)}
      aria-disabled={busy || undefined}
      aria-busy={busy || undefined}
      onClick={busy ? ignore : onClick}
      className={classes(look, size, className)}
    >
      {busy ? <LoaderCircle size={14} className="animate-spin" aria-hidden /> : icon}
      {children}
    </button>
  )
}

/** A press on a busy button is not one on what lies around it either. */
function ignore(event: MouseEvent) {
  event.preventDefault()
  event.stopPropagation()
}

type ButtonLinkProps = Shared & { href: string; className?: string; children: ReactNode; 'aria-label'?: string }

export function ButtonLink({ look = 'secondary', size = 'md', icon, href, className, children, ...rest }: ButtonLinkProps) {
  return (
    <Link {...rest} href={href} className={classes(look, size, className)}>
      {icon}
      {children}
    </Link>
  )
}

export function IconButton({ label, className, children, type = 'button', ...rest }: ComponentProps<'button'> & { label: string }) {
  return (
    <button
      {...rest}
      type={type}
      aria-label={label}
      className={cx(
        'inline-flex size-7 items-center justify-center rounded-md text-muted hover:bg-hover hover:text-text disabled:opacity-50 data-[popup-open]:bg-hover',
        className,
      )}
    >
      {children}
    </button>
  )
}
