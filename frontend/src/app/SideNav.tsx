import { Keyboard } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { isPressing, useAttention, useStatus } from '@/api/host'
import { t } from '@/words'
import { cx } from '@/ui/cx'
import { usePreferences } from '@/ui/preferences'
import { layers } from './layers'
import { isAt, shownAt, type Place } from './navigation'
import { ThemeSwitch } from './ThemeSwitch'

export function Brand() {
  return (
    <Link href="/" className="flex h-8 items-center gap-2 rounded-md text-base font-semibold tracking-tight">
      <svg viewBox="0 0 32 32" className="size-6 forced-color-adjust-none" aria-hidden>
        <rect width="32" height="32" rx="8" className="fill-accent-solid" />
        <path d="M16 6v10" stroke="#fff" strokeWidth="2.5" strokeLinecap="round" />
        <path d="M10.5 16h11L16 26.5z" fill="#fff" />
      </svg>
      {t('app.name')}
    </Link>
  )
}

/** The way around, with how much needs the person where, and the agent's own state at the foot. */
export function SideNav({ onNavigate }: { onNavigate?: () => void }) {
  const [path] = useLocation()
  return (
    <div className="flex h-full min-h-0 flex-col">
      <nav aria-label={t('app.nav.label')} className="min-h-0 flex-1 overflow-y-auto px-3 py-2">
        <ul className="space-y-0.5">
          {shownAt(path).map((place) => (
            <li key={place.href}>
              <PlaceLink place={place} current={isAt(path, place.href)} onNavigate={onNavigate} />
            </li>
          ))}
        </ul>
      </nav>
      <Footer />
    </div>
  )
}

function PlaceLink({ place, current, onNavigate }: { place: Place; current: boolean; onNavigate: (() => void) | undefined }) {
  const { data = [] } = useAttention()
  const count = data.filter((item) => isPressing(item) && place.has?.(item)).length
  const { Icon } = place
  return (
    <Link
      href={place.href}
      onClick={onNavigate}
      aria-current={current ? 'page' : undefined}
      className={cx(
        'flex h-8 items-center gap-2 rounded-md px-2 text-sm',
        place.under && 'ml-4',
        current ? 'bg-hover font-medium text-text forced-colors:border forced-colors:border-[Highlight]' : 'text-muted hover:bg-hover hover:text-text',
      )}
    >
      <Icon size={16} aria-hidden />
      {place.title}
      {count > 0 && (
        <span className="tabular ml-auto rounded-full bg-warn-soft px-1.5 text-xs text-warn">
          <span aria-hidden>{count}</span>
          <span className="sr-only">{t('app.nav.needs', { count })}</span>
        </span>
      )}
    </Link>
  )
}

const modes: Record<string, string> = { agent: t('app.mode.agent'), desktop: t('app.mode.desktop'), command: t('app.mode.command') }

function Footer() {
  const { data } = useStatus()
  const { singleKeys } = usePreferences()
  return (
    <div className="space-y-3 border-t border-line px-5 py-4">
      {data && (
        <p className="text-xs text-faint">
          {modes[data.mode] ?? data.mode} · {data.version}
        </p>
      )}
      <div className="flex items-center justify-between gap-2">
        <ThemeSwitch />
        <button
          type="button"
          onClick={() => layers.show('keys')}
          aria-label={t('app.keyboard.title')}
          title={singleKeys === 'on' ? t('app.keyboard.hint') : t('app.keyboard.title')}
          className="inline-flex size-7 items-center justify-center rounded-md text-faint hover:bg-hover hover:text-text"
        >
          <Keyboard size={16} aria-hidden />
        </button>
      </div>
    </div>
  )
}
