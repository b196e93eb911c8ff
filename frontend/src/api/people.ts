import { answer, client } from './client'
import { pageRows } from './records'
import type { components, paths } from './schema.gen'

type Schemas = components['schemas']

export type Account = Schemas['Account']
export type AccountHistory = Schemas['AccountHistory']
export type AccountList = Schemas['AccountList']
export type Comparison = Schemas['Comparison']
export type DecisionEdit = Schemas['DecisionEdit']
export type DecisionReport = Schemas['DecisionReport']
export type DecisionResult = Schemas['DecisionResult']
export type PeoplePosition = Schemas['PeoplePosition']
export type Person = Schemas['Person']
export type PersonDetail = Schemas['PersonDetail']
export type PersonList = Schemas['PersonList']
export type PersonPrecedence = Schemas['PersonPrecedence']
export type PersonRef = Schemas['PersonRef']
export type PersonSources = Schemas['PersonSources']
export type Suggestion = Schemas['Suggestion']
export type SuggestionList = Schemas['SuggestionList']

type AccountParams = NonNullable<paths['/api/v1/accounts']['get']['parameters']['query']>

/** One of the pages on which accounts are managed, or all. */
export type AccountPage = NonNullable<AccountParams['page']>

/** What a list of accounts or of persons is asked for. */
export interface FacetQuery {
  q?: string
  /** NAME:VALUE each. */
  facet?: string[]
  sort?: string
}

/** The pages in the order of the screen. */
export const accountPages = [
  'all', 'access-review', 'background-check', 'infrastructure', 'observability', 'version-control',
] as const satisfies readonly AccountPage[]

export const listAccounts = (page: AccountPage, query: FacetQuery, offset: number, signal?: AbortSignal): Promise<AccountList> =>
  answer(client.GET('/api/v1/accounts', { params: { query: { ...query, page, offset, limit: pageRows } }, signal }))

export const getAccount = (id: string, page: AccountPage, signal?: AbortSignal): Promise<Account> =>
  answer(client.GET('/api/v1/accounts/{id}', { params: { path: { id }, query: { page } }, signal }))

export const getAccountHistory = async (id: string, signal?: AbortSignal): Promise<AccountHistory[]> =>
  (await answer(client.GET('/api/v1/accounts/{id}/history', { params: { path: { id } }, signal }))).items

/** Which accounts a decision is about: these, or all that a list finds. */
export type Deciding = { ids: string[]; revisions?: Record<string, number> } | { query: { page: AccountPage; q?: string; facets?: string[] } }

/** Changes decisions, or says what that would change. Nothing changes at a source. */
export const decideAccounts = (of: Deciding, change: DecisionEdit, preview: boolean, signal?: AbortSignal): Promise<DecisionReport> =>
  answer(client.POST('/api/v1/accounts/decisions', { body: { ...of, change, preview }, signal }))

export const compareAccounts = (page: AccountPage, from: string, to: string, signal?: AbortSignal): Promise<Comparison> =>
  answer(client.GET('/api/v1/accounts/compare', { params: { query: { page, from, to: to || undefined } }, signal }))

export type SuggestionQuery = Pick<NonNullable<NonNullable<paths['/api/v1/suggestions']['get']['parameters']['query']>>, 'account' | 'q' | 'privileged' | 'confidence'>

export const listSuggestions = (query: SuggestionQuery, cursor: string | undefined, limit: number, signal?: AbortSignal): Promise<SuggestionList> =>
  answer(client.GET('/api/v1/suggestions', { params: { query: { ...query, page: 'all', cursor, limit } }, signal }))

export const acceptSuggestions = (ids: string[], preview: boolean, signal?: AbortSignal): Promise<DecisionReport> =>
  answer(client.POST('/api/v1/suggestions/accept', { body: { ids, preview }, signal }))

export const listPeople = (query: FacetQuery, offset: number, signal?: AbortSignal, limit = pageRows): Promise<PersonList> =>
  answer(client.GET('/api/v1/people', { params: { query: { ...query, offset, limit } }, signal }))

export const getPerson = (id: string, signal?: AbortSignal): Promise<PersonDetail> =>
  answer(client.GET('/api/v1/people/{id}', { params: { path: { id } }, signal }))

export const getPersonSources = (signal?: AbortSignal): Promise<PersonSources> => answer(client.GET('/api/v1/people/sources', { signal }))

export const setPersonSources = (body: PersonPrecedence, revision: number): Promise<PersonSources> =>
  answer(client.PUT('/api/v1/people/sources', { params: { header: { 'If-Match': String(revision) } }, body }))
