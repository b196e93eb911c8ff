import { testLifecycles, testSeverities, testStates, type TestQuery } from '@/api/tests'
import type { Url, UrlChange } from '@/ui/useUrl'

/** The filters that a menu has; the state has buttons. */
export const menus = ['severity', 'kind', 'category', 'control', 'lifecycle'] as const
export type MenuName = (typeof menus)[number]

/** Takes every filter out of the address. */
export const cleared: UrlChange = { q: '', state: [], severity: [], kind: [], category: [], control: [], lifecycle: [] }

const known = <T extends string>(all: readonly T[], given: string[]) => all.filter((one) => given.includes(one))

const sortable = ['state', 'severity', 'title', 'kind', 'in_scope', 'fail', 'unknown', 'as_of']
export const sortOf = (url: Url) => (sortable.includes(url.one('sort').replace(/^-/, '')) ? url.one('sort') : 'state')

export const isFiltered = (url: Url) => url.one('q').trim() !== '' || ['state', ...menus].some((name) => url.all(name).length > 0)

/** What the address asks for, in the agent's words. q is its text once the person has paused. */
export function queryOf(url: Url, q: string): TestQuery {
  const state = known(testStates, url.all('state'))
  const severity = known(testSeverities, url.all('severity'))
  const lifecycle = known(testLifecycles, url.all('lifecycle'))
  const rest = Object.fromEntries((['kind', 'category', 'control'] as const).filter((name) => url.one(name)).map((name) => [name, url.all(name)]))
  return {
    ...rest,
    ...(state.length > 0 && { state }),
    ...(severity.length > 0 && { severity }),
    ...(lifecycle.length > 0 && { lifecycle }),
    ...(q && { q }),
    ...(sortOf(url) !== 'state' && { sort: sortOf(url) }),
  }
}
