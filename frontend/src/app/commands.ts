import { CirclePause, CirclePlay, Clock, ContactRound, DatabaseBackup, FileText, Keyboard, Monitor, Moon, Plus, RefreshCw, Search, Sun, Users } from 'lucide-react'
import type { ConnectionItem, Connector, HostRecord } from '@/api/types'
import type { KeyAction } from '@/lib/keymap'
import { match } from '@/lib/match'
import { connectionPath } from '@/lib/paths'
import { visible } from '@/lib/visible'
import { t } from '@/words'
import { pagesOfAccounts } from './crumbs'
import { places } from './navigation'
import { recent } from './recent'

export interface Command {
  id: string
  title: string
  /** More of it, in small. It is searched as well. */
  hint?: string
  Icon: typeof Search
  key?: KeyAction
  run: () => void
}

export interface CommandGroup {
  value: string
  items: Command[]
}

/** What commands do to the rest of the product. */
export interface Doing {
  go: (href: string) => void
  sync: (connection: ConnectionItem) => void
  pause: (connection: ConnectionItem) => void
  resume: (connection: ConnectionItem) => void
  theme: (theme: 'light' | 'dark' | 'system') => void
  showKeys: () => void
}

export interface Known {
  connections: ConnectionItem[]
  connectors: Connector[]
  records: HostRecord[]
}

/** How many items a group has at most. */
const most = 6

/** What the palette offers for what is typed, best first in each group. */
export function commandsFor(typed: string, known: Known, doing: Doing): CommandGroup[] {
  const groups = typed.trim() === '' ? untyped(known, doing) : typedGroups(typed, known, doing)
  return groups.filter(({ items }) => items.length > 0)
}

function untyped(known: Known, doing: Doing): CommandGroup[] {
  return [
    { value: t('app.palette.recent'), items: recentCommands(known, doing).slice(0, most) },
    { value: t('app.palette.goTo'), items: goCommands(doing) },
    { value: t('app.palette.actions'), items: shellCommands(doing) },
  ]
}

function typedGroups(typed: string, known: Known, doing: Doing): CommandGroup[] {
  const named = rank(known.connections, (one) => match(typed, `${one.alias} ${one.connector_name}`))
  const meant = rank(known.connections, (one) => match(typed, `${verbs} ${one.alias} ${one.connector_name}`))
  return [
    { value: t('app.palette.goTo'), items: best(typed, [...goCommands(doing), ...pageCommands(doing)]) },
    { value: t('app.palette.connections'), items: named.map((one) => openCommand(one, doing)) },
    { value: t('app.palette.actions'), items: best(typed, [...meant.flatMap((one) => connectionCommands(one, doing)), ...shellCommands(doing)]) },
    { value: t('app.palette.connectors'), items: best(typed, known.connectors.filter((one) => !one.problem).map((one) => connectCommand(one, doing))) },
    { value: t('app.palette.records'), items: [...known.records.map((one) => recordCommand(one, doing)), ...searchCommands(typed.trim(), doing)] },
  ]
}

/** Every word by which something is done to a connection, so that a thousand of them need no commands yet. */
const verbs = (['sync', 'pause', 'resume', 'edit'] as const).map((verb) => t(`app.palette.${verb}`, { alias: '' })).join(' ')

const best = (typed: string, commands: Command[]) => rank(commands, ({ title, hint = '' }) => match(typed, `${title} ${hint}`))

/** The few with the best marks, best first. */
function rank<T>(all: T[], mark: (one: T) => number): T[] {
  const marked = all.map((one) => ({ one, mark: mark(one) })).filter((one) => one.mark > 0)
  return marked.sort((a, b) => b.mark - a.mark).slice(0, most).map(({ one }) => one)
}

const goCommands = ({ go }: Doing): Command[] =>
  places.map(({ href, title, Icon, key }) => ({ id: `go ${href}`, title, Icon, ...(key && { key }), run: () => go(href) }))

/** The pages below those of the navigation, for what is typed. */
const pageCommands = ({ go }: Doing): Command[] => [
  ...Object.entries(pagesOfAccounts).map(([page, title]) => ({
    id: `go /accounts/${page}`, title, hint: t('app.palette.manageAccounts'), Icon: Users, run: () => go(`/accounts/${page}`),
  })),
  { id: 'go /accounts/all/compare', title: t('app.crumbs.compare'), hint: t('app.nav.accounts'), Icon: Users, run: () => go('/accounts/all/compare') },
  { id: 'go /people/suggestions', title: t('app.crumbs.suggestions'), hint: t('app.nav.people'), Icon: ContactRound, run: () => go('/people/suggestions') },
  { id: 'go /people/sources', title: t('app.crumbs.sources'), hint: t('app.nav.people'), Icon: ContactRound, run: () => go('/people/sources') },
]

const openCommand = (one: ConnectionItem, { go }: Doing): Command => ({
  id: `open ${one.id}`, title: one.alias, hint: visible(one.connector_name), Icon: FileText, run: () => go(connectionPath(one)),
})

function connectionCommands(one: ConnectionItem, doing: Doing): Command[] {
  const hint = visible(one.connector_name)
  const sync = { id: `sync ${one.id}`, title: t('app.palette.sync', { alias: one.alias }), hint, Icon: RefreshCw, run: () => doing.sync(one) }
  const edit = { id: `edit ${one.id}`, title: t('app.palette.edit', { alias: one.alias }), hint, Icon: FileText, run: () => doing.go(`${connectionPath(one)}/edit`) }
  const rest = one.paused
    ? { id: `resume ${one.id}`, title: t('app.palette.resume', { alias: one.alias }), hint, Icon: CirclePlay, run: () => doing.resume(one) }
    : { id: `pause ${one.id}`, title: t('app.palette.pause', { alias: one.alias }), hint, Icon: CirclePause, run: () => doing.pause(one) }
  return [sync, rest, edit]
}

const connectCommand = (one: Connector, { go }: Doing): Command => ({
  id: `connect ${one.id}`, title: t('app.palette.connect', { name: visible(one.name || one.id) }), hint: visible(one.vendor), Icon: Plus,
  run: () => go(`/connections/new/${encodeURIComponent(one.id)}`),
})

function shellCommands({ go, theme, showKeys }: Doing): Command[] {
  return [
    { id: 'connect', title: t('app.palette.connectOne'), Icon: Plus, run: () => go('/connections/available') },
    { id: 'backup', title: t('app.palette.backup'), Icon: DatabaseBackup, run: () => go('/backup') },
    { id: 'keys', title: t('app.keyboard.title'), Icon: Keyboard, key: 'help', run: showKeys },
    { id: 'light', title: t('app.palette.light'), Icon: Sun, run: () => theme('light') },
    { id: 'dark', title: t('app.palette.dark'), Icon: Moon, run: () => theme('dark') },
    { id: 'system', title: t('app.palette.system'), Icon: Monitor, run: () => theme('system') },
  ]
}

const searchCommands = (typed: string, { go }: Doing): Command[] => [
  { id: 'search accounts', title: t('app.palette.searchAccounts', { typed }), Icon: Search, run: () => go(`/accounts?q=${encodeURIComponent(typed)}`) },
  { id: 'search people', title: t('app.palette.searchPeople', { typed }), Icon: Search, run: () => go(`/people?q=${encodeURIComponent(typed)}`) },
]

function recordCommand(one: HostRecord, { go }: Doing): Command {
  const data = (one.data ?? {}) as { name?: unknown; email?: unknown }
  const name = typeof data.name === 'string' && data.name !== '' ? data.name : one.key
  const email = typeof data.email === 'string' ? data.email : ''
  const list = one.kind === 'person' ? '/people' : '/accounts'
  return {
    id: `record ${one.connection} ${one.stream} ${one.key}`, title: visible(name), Icon: FileText,
    hint: [visible(email), one.alias].filter(Boolean).join(' · '), run: () => go(`${list}?q=${encodeURIComponent(email || name)}`),
  }
}

function recentCommands({ connections }: Known, { go }: Doing): Command[] {
  return recent().map((href) => ({ id: `recent ${href}`, title: titleOf(href, connections), Icon: Clock, run: () => go(href) }))
}

/** "/connections/hr/edit" is "hr / edit"; an id is the alias that it has now. */
function titleOf(href: string, connections: ConnectionItem[]): string {
  const [, ...parts] = href.split('/').filter(Boolean).map(decodeURIComponent)
  return visible(parts.map((part) => connections.find(({ id }) => id === part)?.alias ?? part).join(' / '))
}
