import type { AccountPage, FacetQuery } from '@/api/people'
import type { Url } from '@/ui/useUrl'

/** The facets of a list of accounts, which the address and the API write alike: facet=flag:dormant. */
const facetNames = ['flag', 'link', 'kind', 'privileged', 'mfa', 'active', 'scope', 'state', 'decided', 'status', 'connection', 'owner'] as const
export type FacetName = (typeof facetNames)[number]

/** Those that have a menu on a page, and those that have one once more are asked for. */
export const menusOf = (page: AccountPage): { usual: FacetName[]; more: FacetName[] } =>
  page === 'background-check'
    ? { usual: ['link', 'status', 'scope', 'connection'], more: ['state', 'decided'] }
    : { usual: ['link', 'kind', 'privileged', 'mfa', 'scope', 'connection'], more: ['status', 'active', 'owner', 'state', 'decided'] }

const isKnown = (facet: string) => facetNames.some((name) => facet.startsWith(`${name}:`))

export const facetsOf = (url: Url): string[] => url.all('facet').filter(isKnown)

export const chosenOf = (url: Url, name: FacetName): string[] =>
  facetsOf(url).filter((facet) => facet.startsWith(`${name}:`)).map((facet) => facet.slice(name.length + 1))

/** The change of the address that leaves these values of a facet chosen. */
export const choosing = (url: Url, name: FacetName, values: string[]) => ({
  facet: [...facetsOf(url).filter((facet) => !facet.startsWith(`${name}:`)), ...values.map((value) => `${name}:${value}`)],
})

/** What the address asks for, with the text that was settled on. */
export function queryOf(url: Url, q: string): FacetQuery {
  const facet = facetsOf(url)
  return { ...(q && { q }), ...(facet.length > 0 && { facet }), ...(url.one('sort') && { sort: url.one('sort') }) }
}

/** What empties every filter, to be written into the address. */
export const cleared = { q: '', facet: '' }

export const isFiltered = (url: Url) => url.one('q').trim() !== '' || facetsOf(url).length > 0
