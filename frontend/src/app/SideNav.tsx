import { useQuery } from '@tanstack/react-query'
import { Cable, Users } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { getStatus } from '@/api/endpoints'
import { keys } from '@/api/keys'
import { cx } from '@/ui/cx'
import { LiveDot } from './LiveDot'
import type { Live } from './live'
import { ThemeSwitch } from './ThemeSwitch'

export function Brand() {
  return (
    <Link href="/connections" className="flex h-8 items-center gap-2 rounded-md text-base font-semibold tracking-tight">
      <svg viewBox="0 0 32 32" className="size-6" aria-hidden>
        <rect width="32" height="32" rx="8" className="fill-accent-solid" />
        <path d="M16 6v10" stroke="#fff" strokeWidth="2.5" strokeLinecap="round" />
        <path d="M10.5 16h11L16 26.5z" fill="#fff" />
      </svg>
      Plumbline
    </Link>
  )
}

const places = [
  { href: '/connections', title: 'Connections', Icon: Cable },
  { href: '/accounts', title: 'Accounts', Icon: Users },
]

/** The way around, with only what there is, and the agent's own state at the foot. */
export function SideNav({ live, onNavigate }: { live: Live; onNavigate?: () => void }) {
  const [path] = useLocation()
  return (
    <div className="flex h-full flex-col">
      <nav aria-label="Main" className="flex-1 space-y-0.5 px-3 py-2">
        {places.map(({ href, title, Icon }) => {
          const current = path.startsWith(href) || (path === '/' && href === '/connections')
          return (
            <Link
              key={href}
              href={href}
              onClick={onNavigate}
              aria-current={current ? 'page' : undefined}
              className={cx(
                'flex h-8 items-center gap-2 rounded-md px-2 text-sm',
                current ? 'bg-hover font-medium text-text' : 'text-muted hover:bg-hover hover:text-text',
              )}
            >
              <Icon size={16} aria-hidden />
              {title}
            </Link>
          )
        })}
      </nav>
      <Footer live={live} />
    </div>
  )
}

const modes: Record<string, string> = {
  agent: 'Background agent',
  desktop: 'Runs in this window',
  command: 'Runs on demand',
}

function Footer({ live }: { live: Live }) {
  const status = useQuery({ queryKey: keys.status, queryFn: ({ signal }) => getStatus(signal) })
  return (
    <div className="space-y-3 border-t border-line px-5 py-4">
      <div className="text-xs text-muted">
        <LiveDot live={live} />
        {status.data && (
          <p className="mt-1 text-faint">
            {modes[status.data.mode] ?? status.data.mode} · {status.data.version}
          </p>
        )}
      </div>
      <ThemeSwitch />
    </div>
  )
}
