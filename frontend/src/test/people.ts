import type { Account, AccountList, DecisionReport, DecisionResult, Person, PersonDetail, Suggestion } from '@/api/people'

const at = '2026-11-29T08:08:00Z'

export const account = (over: Partial<Account> = {}): Account => ({
  id: 'a1', row: 'account', connection: 'c1', alias: 'cloud', connector_name: 'Cloud', stream: 'users', key: 'k1', name: 'Ann Berg',
  email: 'ann@example.com', status: 'active', privileged: 'no', mfa: 'yes', active: 'yes', first_seen_at: at, kind: 'human', kind_from: 'record',
  record_kind: 'human', link: { state: 'linked', by: 'email', person: { id: 'p1', name: 'Ann Berg', email: 'ann@example.com', status: 'active' } },
  in_scope: true, flags: [], suggestions: 0, values: {}, revision: 0, ...over,
})

/** An account that nobody has, with one suggestion. */
export const stray = (over: Partial<Account> = {}): Account =>
  account({ id: 'a2', key: 'k2', name: 'B. Dahl', email: 'bd@example.com', link: { state: 'unlinked' }, flags: ['unlinked'], suggestions: 1, ...over })

export const accountList = (items: Account[], over: Partial<AccountList> = {}): AccountList => ({
  items, matched: items.length, columns: [], sources: [], position: { state: 'following', streams: 2, read: 2 },
  facets: [
    { name: 'flag', values: [{ value: 'leaver_active', count: 1 }, { value: 'unlinked', count: 2 }, { value: 'dormant', count: 0 }] },
    { name: 'kind', values: [{ value: 'human', count: 2 }, { value: 'service', count: 1 }] },
  ],
  ...over,
})

export const result = (over: Partial<DecisionResult> = {}): DecisionResult => ({
  account: 'a2', account_name: 'B. Dahl', alias: 'cloud', outcome: 'would_change', revision: 0,
  before: { link: 'unlinked', kind: 'human', in_scope: true, flags: ['unlinked'] },
  after: { link: 'linked', person: { id: 'p2', name: 'Bo Dahl', status: 'active' }, kind: 'human', in_scope: true, flags: [] }, ...over,
})

/** A report of what is done, with its counts. */
export const report = (items: DecisionResult[], preview: boolean): DecisionReport => ({
  preview, items,
  changed: items.filter((one) => one.outcome === 'changed' || one.outcome === 'would_change').length,
  unchanged: items.filter((one) => one.outcome === 'unchanged').length,
  refused: items.filter((one) => one.outcome === 'refused').length,
})

export const person = (over: Partial<Person> = {}): Person => ({
  id: 'p1', name: 'Ann Berg', email: 'ann@example.com', title: 'Engineer', department: 'Product', status: 'active',
  status_reason: 'hr says that this person works for the company.', accounts: 3, active_accounts: 2, flagged: 0, background_check: 'clear',
  sources: [{ connection: 'h1', alias: 'hr', stream: 'people', key: '7', kind: 'person' }], ...over,
})

export const personDetail = (over: Partial<PersonDetail> = {}): PersonDetail => ({
  ...person(),
  fields: [
    { field: 'name', value: 'Ann Berg', source: { connection: 'h1', alias: 'hr', stream: 'people', key: '7', kind: 'person' } },
    {
      field: 'title', value: 'Engineer', source: { connection: 'h1', alias: 'hr', stream: 'people', key: '7', kind: 'person' },
      others: [{ value: 'Lead', alias: 'idp' }],
    },
    { field: 'manager', value: '' },
  ],
  account_list: [account()], check_list: [], training: [], ...over,
})

export const suggestion = (over: Partial<Suggestion> = {}): Suggestion => ({
  id: 's1', account: 'a2', account_name: 'B. Dahl', alias: 'cloud', privileged: 'no', person: { id: 'p2', name: 'Bo Dahl', status: 'active' },
  confidence: 0.8, reason: 'local_part', explanation: 'Both addresses begin with bd, at domains of the company.', revision: 0, ...over,
})
