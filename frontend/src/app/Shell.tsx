import { Menu } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { LiveRegion } from '@/ui/Announce'
import { IconButton } from '@/ui/Button'
import { Drawer } from '@/ui/Dialog'
import { Crumbs } from './Crumbs'
import { DemoBar } from './DemoBar'
import { DevelopmentBar } from './DevelopmentBar'
import { DiskBar } from './DiskBar'
import { LiveDot, OfflineBar } from './LiveDot'
import type { Live } from './live'
import { Brand, SideNav } from './SideNav'

export function Shell({ live, children }: { live: Live; children: ReactNode }) {
  const [menu, setMenu] = useState(false)
  return (
    <div className="flex min-h-screen">
      <a
        href="#main"
        onClick={(event) => {
          event.preventDefault()
          document.getElementById('main')?.focus()
        }}
        className="sr-only focus:not-sr-only focus:fixed focus:top-2 focus:left-2 focus:z-50 focus:rounded-md focus:bg-panel focus:px-3 focus:py-2 focus:shadow-pop"
      >
        Skip to content
      </a>
      <aside aria-label="Plumbline" className="sticky top-0 hidden h-screen w-55 shrink-0 flex-col border-r border-line lg:flex">
        <div className="flex h-12 items-center px-5">
          <Brand />
        </div>
        <SideNav live={live} />
      </aside>
      <div className="flex min-w-0 flex-1 flex-col">
        <header className="sticky top-0 z-20 flex h-12 shrink-0 items-center gap-3 border-b border-line bg-bg px-4 md:px-8">
          <IconButton label="Open navigation" className="-ml-1.5 lg:hidden" onClick={() => setMenu(true)}>
            <Menu size={16} aria-hidden />
          </IconButton>
          <Crumbs />
          <span className="ml-auto shrink-0">
            <LiveDot live={live} />
          </span>
        </header>
        <OfflineBar live={live} />
        <DemoBar />
        <DiskBar />
        <DevelopmentBar />
        <main id="main" tabIndex={-1} className="mx-auto w-full max-w-[90rem] flex-1 px-4 py-6 md:px-8">
          {children}
        </main>
      </div>
      <Drawer side="left" open={menu} onClose={() => setMenu(false)} title="Plumbline">
        <SideNav live={live} onNavigate={() => setMenu(false)} />
      </Drawer>
      <LiveRegion />
    </div>
  )
}
