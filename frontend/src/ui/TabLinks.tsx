import { Link } from 'wouter'
import { cx } from './cx'

export interface TabLink {
  href: string
  title: string
  count: number | undefined
  current: boolean
}

/** Tabs that are addresses: each is a link, so it can be opened, bookmarked and gone back from. */
export function TabLinks({ label, tabs }: { label: string; tabs: TabLink[] }) {
  return (
    <nav aria-label={label} className="flex gap-5 border-b border-line">
      {tabs.map((tab) => (
        <Link
          key={tab.href}
          href={tab.href}
          aria-current={tab.current ? 'page' : undefined}
          className={cx(
            '-mb-px flex h-9 items-center gap-1.5 border-b-2 text-sm font-medium',
            tab.current ? 'border-accent text-text' : 'border-transparent text-muted hover:text-text',
          )}
        >
          {tab.title}
          {tab.count !== undefined && <span className="tabular rounded-full bg-sunken px-1.5 text-xs text-muted">{tab.count}</span>}
        </Link>
      ))}
    </nav>
  )
}
