import { connectionPath, runPath } from '@/lib/paths'
import { t } from '@/words'
import { places } from './navigation'

export interface Crumb {
  title: string
  href: string
  /** What the title is the reference of, when it is one. */
  names?: 'connector' | 'connection' | 'person'
}

const available: Crumb = { title: t('app.crumbs.available'), href: '/connections/available' }

/** The id of the run that an address is of; '' for another address. */
export const runOf = (path: string): string => decoded(/^\/runs\/([^/]+)/.exec(path)?.[1] ?? '')

/** The way from the top to an address, read from the address; that of a run needs to know whose it is. */
export function crumbsOf(path: string, run?: { connection: string; alias: string }): Crumb[] {
  const [first, ...rest] = path.split('/').filter(Boolean).map(decoded)
  const place = places.find(({ href }) => href === `/${first ?? ''}`)
  if (!place) return first === 'runs' ? runCrumbs(runOf(path), run) : first === 'connectors' ? writeCrumbs(path) : []
  const above = places.filter(({ href }) => href === place.under)
  const here = [...above, place].map(({ title, href }) => ({ title, href }))
  if (first === 'people' && rest[0] && !words[rest[0]]) return [...here, { title: rest[0], href: path, names: 'person' }]
  if (first === 'evidence' && rest[0] && !words[rest[0]]) return [...here, { title: t('app.crumbs.item'), href: path }]
  return first === 'connections' ? [...here, ...connectionCrumbs(path, rest)] : [...here, ...below(`/${first ?? ''}`, rest)]
}

function connectionCrumbs(path: string, [second, third, ...rest]: string[]): Crumb[] {
  if (!second) return []
  if (second === 'available') return third ? [available, { title: third, href: path, names: 'connector' }] : [available]
  if (second === 'disconnected') return [{ title: t('app.crumbs.disconnected'), href: path }]
  if (second === 'new') return third ? [available, { title: third, href: path, names: 'connector' }] : [available]
  const one: Crumb = { title: second, href: `/connections/${encodeURIComponent(second)}`, names: 'connection' }
  if (!third) return [one]
  return [one, ...below(one.href, [third, ...rest])]
}

/** The five pages on which accounts are managed. */
export const pagesOfAccounts: Record<string, string> = {
  'access-review': t('app.accountPages.access-review'), 'background-check': t('app.accountPages.background-check'),
  infrastructure: t('app.accountPages.infrastructure'), observability: t('app.accountPages.observability'),
  'version-control': t('app.accountPages.version-control'),
}

const words: Record<string, string> = {
  edit: t('app.crumbs.edit'), reconnect: t('app.crumbs.reconnect'), settings: t('app.nav.settings'), runs: t('app.crumbs.runs'), data: t('app.crumbs.data'),
  compare: t('app.crumbs.compare'), suggestions: t('app.crumbs.suggestions'), sources: t('app.crumbs.sources'), all: t('app.crumbs.all'),
  past: t('app.crumbs.past'), packs: t('app.crumbs.packs'),
  ...pagesOfAccounts, changes: t('app.nav.changes'), activity: t('app.nav.activity'), record: t('app.crumbs.record'), records: t('app.crumbs.record'),
}

/** The rest of an address, a crumb for each part. */
function below(href: string, parts: string[]): Crumb[] {
  return parts.map((part, i) => ({ title: words[part] ?? part, href: [href, ...parts.slice(0, i + 1).map(encodeURIComponent)].join('/') }))
}

const writeCrumbs = (path: string): Crumb[] => [{ title: t('app.nav.connections'), href: '/connections' }, available, { title: t('app.crumbs.write'), href: path }]

function runCrumbs(id: string, run: { connection: string; alias: string } | undefined): Crumb[] {
  if (!id) return [{ title: t('app.nav.insights'), href: '/insights' }, { title: t('app.crumbs.runs'), href: '/runs' }]
  const here = { title: t('app.crumbs.run'), href: runPath(id) }
  if (!run) return [here]
  const one = connectionPath({ id: run.connection, alias: run.alias })
  return [
    { title: t('app.nav.connections'), href: '/connections' },
    { title: run.alias, href: one },
    { title: t('app.crumbs.runs'), href: `${one}/runs` },
    here,
  ]
}

/** A part of an address, as it is where it is not an encoded text. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
