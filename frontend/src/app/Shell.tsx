import { Menu, Search } from 'lucide-react'
import { Suspense, useEffect, useRef, useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { isPressing, useAttention } from '@/api/host'
import { LiveRegion } from '@/ui/Announce'
import { IconButton } from '@/ui/Button'
import { Drawer } from '@/ui/Dialog'
import { Keys, keyText } from '@/ui/Keys'
import { useKeys } from '@/ui/useKeys'
import { useTitleCount } from '@/ui/useTitle'
import { t } from '@/words'
import { Bell } from './Bell'
import { Crumbs } from './Crumbs'
import { DemoBar } from './DemoBar'
import { DevelopmentBar } from './DevelopmentBar'
import { DiskBar } from './DiskBar'
import { Guard } from './Guard'
import { layers, useLayer } from './layers'
import { LiveDot, OfflineBar, UpgradeBar } from './LiveDot'
import type { Live } from './live'
import { places } from './navigation'
import { page } from './page'
import { remember } from './recent'
import { Brand, SideNav } from './SideNav'
import { useFocusKept } from './useFocusKept'

const loadPalette = () => import('./Palette')
const Palette = page(loadPalette)
// What cannot be read ahead is read again when somebody asks for it.
const readAhead = () => void loadPalette().catch(() => undefined)
const KeysDialog = page(() => import('./KeysDialog'))

export function Shell({ live, children }: { live: Live; children: ReactNode }) {
  const [menu, setMenu] = useState(false)
  const { data } = useAttention()
  useTitleCount(data?.filter(isPressing).length ?? 0)
  useShellKeys()
  const content = useRef<HTMLElement>(null)
  useFocusKept(content)
  return (
    <div className="flex min-h-screen">
      <SkipLink />
      <aside aria-label={t('app.name')} className="sticky top-0 hidden h-screen w-55 shrink-0 flex-col border-r border-line lg:flex">
        <div className="flex h-12 shrink-0 items-center px-5">
          <Brand />
        </div>
        <SideNav />
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="sticky top-0 z-20 flex h-12 shrink-0 items-center gap-2 border-b border-line bg-bg px-4 md:px-8">
          <IconButton label={t('app.nav.open')} className="-ml-1.5 lg:hidden" onClick={() => setMenu(true)}>
            <Menu size={16} aria-hidden />
          </IconButton>
          <Crumbs />
          <div className="ml-auto flex shrink-0 items-center gap-2 sm:gap-3">
            <PaletteButton />
            <Bell />
            <LiveDot live={live} />
          </div>
        </header>
        <OfflineBar live={live} />
        <UpgradeBar />
        <DemoBar />
        <DiskBar />
        <DevelopmentBar />
        <main ref={content} id="main" tabIndex={-1} className="mx-auto w-full max-w-[90rem] flex-1 px-4 py-6 compact:py-4 md:px-8">
          {children}
        </main>
      </div>
      <Drawer side="left" open={menu} onClose={() => setMenu(false)} title={t('app.name')}>
        <SideNav onNavigate={() => setMenu(false)} />
      </Drawer>
      <Layers />
      <LiveRegion />
    </div>
  )
}

/** The keys that mean the same on every screen. */
function useShellKeys() {
  const [path, navigate] = useLocation()
  useEffect(() => remember(path), [path])
  const go = Object.fromEntries(places.flatMap(({ key, href }) => (key ? [[key, () => navigate(href)]] : [])))
  useKeys({ ...go, palette: () => layers.show('palette'), help: () => layers.show('keys') })
}

/** What lies over the page is not part of the first load; the palette is there before a hand has moved to the keys. */
function Layers() {
  const layer = useLayer()
  useEffect(() => {
    const timer = setTimeout(readAhead, 2_000)
    return () => clearTimeout(timer)
  }, [])
  return (
    <Guard key={layer} over>
      <Suspense>
        {layer === 'palette' && <Palette />}
        {layer === 'keys' && <KeysDialog />}
      </Suspense>
    </Guard>
  )
}

function PaletteButton() {
  return (
    <button
      type="button"
      onClick={() => layers.show('palette')}
      aria-label={t('app.palette.open')}
      aria-keyshortcuts="Control+K Meta+K"
      title={`${t('app.palette.open')} (${keyText('palette')})`}
      className="inline-flex h-7 items-center gap-2 rounded-md px-1.5 text-sm text-faint hover:bg-hover hover:text-text md:border md:border-line-strong md:bg-panel md:pr-1 md:pl-2"
    >
      <Search size={14} aria-hidden />
      <span className="hidden md:inline">{t('app.palette.open')}</span>
      <span className="hidden md:inline-flex">
        <Keys action="palette" />
      </span>
    </button>
  )
}

function SkipLink() {
  return (
    <a
      href="#main"
      onClick={(event) => {
        event.preventDefault()
        document.getElementById('main')?.focus()
      }}
      className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-panel focus:px-3 focus:py-2 focus:shadow-pop"
    >
      {t('app.skip')}
    </a>
  )
}
