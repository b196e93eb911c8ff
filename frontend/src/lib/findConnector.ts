import { score, type Haystack } from './fuzzy'
import { signInOf } from './signIn'
import { plain, termsOf, type Term } from './terms'

/** What a search for a connector reads of it. */
export interface Findable {
  id: string
  name: string
  vendor: string
  summary: string
  trust: string
  connections: number
  categories: string[]
  config_schema: unknown
  streams: { name: string; title: string; kind: string; description?: string }[]
  permissions: { id: string }[]
}

type Titles = ReadonlyMap<string, string>

/** Keys of the search: category:identity provides:device auth:token installed:no by:bundled. */
export const connectorKeys = ['category', 'provides', 'auth', 'installed', 'by'] as const

/**
 * The connectors that fit every word of a query, best first; those that fit equally stay in their order. Words are
 * looked for in name, vendor, categories, data, permissions and summary, and forgive typing errors.
 */
export function findConnectors<T extends Findable>(connectors: readonly T[], query: string, titles: Titles): T[] {
  const terms = termsOf(query, connectorKeys)
  if (terms.length === 0) return [...connectors]
  return connectors
    .map((connector) => ({ connector, score: scoreOf(connector, terms, titles) }))
    .filter((found) => found.score > 0)
    .sort((a, b) => b.score - a.score)
    .map((found) => found.connector)
}

function scoreOf(connector: Findable, terms: Term[], titles: Titles): number {
  const haystacks = haystacksOf(connector, titles)
  let sum = 1
  for (const term of terms) {
    const found = term.key === '' ? score(term.value, haystacks) : Number(holds(connector, term, titles))
    if (term.not === found > 0) return 0
    if (!term.not) sum += found
  }
  return sum
}

function haystacksOf(c: Findable, titles: Titles): Haystack[] {
  const text = (weight: number, ...texts: string[]) => texts.map((one): Haystack => ({ text: plain(one), weight }))
  return [
    ...text(10, c.name, c.id),
    ...text(6, c.vendor),
    ...text(5, ...c.categories, ...c.categories.map((id) => titles.get(id) ?? '')),
    ...text(4, ...c.streams.flatMap((s) => [s.title, s.kind, s.name])),
    ...text(3, ...c.permissions.map((p) => p.id), ...c.permissions.map((p) => p.id.replace(/[.:/]/g, ' '))),
    ...text(2, c.summary, ...c.streams.map((s) => s.description ?? ''), alsoCalled(c)),
  ]
}

/** Words that people search for where a connector's own text has another. */
function alsoCalled(c: Findable): string {
  const own = [c.summary, ...c.streams.map((s) => s.description ?? '')].join(' ')
  return /second factor|multi-factor/i.test(own) ? 'mfa 2fa' : ''
}

/** Whether a connector has what a term with a key asks for: the value begins one of its words. */
function holds(c: Findable, { key, value }: Term, titles: Titles): boolean {
  return valuesOf(c, key, titles).some((one) => ` ${plain(one)}`.includes(` ${value}`))
}

function valuesOf(c: Findable, key: string, titles: Titles): string[] {
  switch (key) {
    case 'category':
      return c.categories.flatMap((id) => [id, titles.get(id) ?? ''])
    case 'provides':
      return [...c.streams.flatMap((s) => [s.title, s.kind]), ...alsoCalled(c).split(' ')]
    case 'auth':
      return [signInOf(c.config_schema)]
    case 'installed':
      return [c.connections > 0 ? 'yes' : 'no']
    default:
      return [c.vendor, c.trust]
  }
}
