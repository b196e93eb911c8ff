import { Activity, Cable, ChartColumn, ContactRound, DatabaseBackup, FileDiff, House, LibraryBig, ListChecks, Paperclip, Settings, ShieldCheck, Stethoscope, Users } from 'lucide-react'
import type { Attention } from '@/api/types'
import type { KeyAction } from '@/lib/keymap'
import { t } from '@/words'

export interface Place {
  href: string
  title: string
  Icon: typeof House
  /** The key that goes there. */
  key?: KeyAction
  /** Shown under another place, while that or one of its own is open. */
  under?: string
  /** Whether something that needs the person is done there. */
  has?: (item: Attention) => boolean
}

const kinds = (...wanted: Attention['kind'][]) => (item: Attention) => wanted.includes(item.kind)

/** The way around: the navigation, the palette and the keys have it from here. */
export const places: Place[] = [
  { href: '/', title: t('app.nav.home'), Icon: House, key: 'go_home', has: () => true },
  {
    href: '/connections', title: t('app.nav.connections'), Icon: Cable, key: 'go_connections',
    has: (item) => !kinds('disk', 'doctor', 'backup')(item),
  },
  { href: '/insights', title: t('app.nav.insights'), Icon: ChartColumn, key: 'go_insights' },
  { href: '/accounts', title: t('app.nav.accounts'), Icon: Users, key: 'go_accounts' },
  { href: '/people', title: t('app.nav.people'), Icon: ContactRound, key: 'go_people' },
  { href: '/tests', title: t('app.nav.tests'), Icon: ListChecks, key: 'go_tests' },
  { href: '/controls', title: t('app.nav.controls'), Icon: ShieldCheck, key: 'go_controls' },
  { href: '/frameworks', title: t('app.nav.frameworks'), Icon: LibraryBig, under: '/controls' },
  { href: '/evidence', title: t('app.nav.evidence'), Icon: Paperclip, key: 'go_evidence' },
  { href: '/changes', title: t('app.nav.changes'), Icon: FileDiff, key: 'go_changes' },
  { href: '/activity', title: t('app.nav.activity'), Icon: Activity, key: 'go_activity' },
  { href: '/settings', title: t('app.nav.settings'), Icon: Settings, key: 'go_settings', has: kinds('disk', 'doctor', 'backup') },
  { href: '/doctor', title: t('app.nav.doctor'), Icon: Stethoscope, under: '/settings', has: kinds('disk', 'doctor') },
  { href: '/backup', title: t('app.nav.backup'), Icon: DatabaseBackup, under: '/settings', has: kinds('backup') },
]

/** Whether an address is at a place or below it. */
export const isAt = (path: string, href: string) => path === href || (href !== '/' && path.startsWith(`${href}/`))

/** The places that the navigation shows at an address. */
export const shownAt = (path: string): Place[] =>
  places.filter(({ under }) => !under || isAt(path, under) || places.some((other) => other.under === under && isAt(path, other.href)))
