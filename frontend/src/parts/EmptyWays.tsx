import { FileSpreadsheet, FileText, SquarePen, type LucideIcon } from 'lucide-react'
import { Link } from 'wouter'
import { t } from '@/words'

const ways: { key: 'way_csv' | 'way_import' | 'way_write'; href: string; Icon: LucideIcon }[] = [
  { key: 'way_csv', href: '/connections/new/csv', Icon: FileSpreadsheet },
  { key: 'way_import', href: '/connections/available?q=by:plumbline', Icon: FileText },
  { key: 'way_write', href: '/connectors/write', Icon: SquarePen },
]

/** What to do about a system that no connector reads: never a dead end. */
export function EmptyWays() {
  return (
    <ul className="grid gap-3 text-left sm:grid-cols-3">
      {ways.map(({ key, href, Icon }) => (
        <li key={key}>
          <Link href={href} className="flex h-full flex-col gap-1 rounded-lg border border-line bg-panel p-4 hover:border-line-strong hover:bg-hover">
            <span className="flex items-center gap-2 font-medium">
              <Icon size={16} aria-hidden className="shrink-0 text-accent" />
              {t(`available.${key}`)}
            </span>
            <span className="text-sm text-muted">{t(`available.${key}_why`)}</span>
          </Link>
        </li>
      ))}
    </ul>
  )
}
