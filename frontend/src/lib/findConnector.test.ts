import { describe, expect, it } from 'vitest'
import { findConnectors, type Findable } from './findConnector'
import { distance } from './fuzzy'
import { signInOf } from './signIn'
import { termsOf } from './terms'

const connector = (id: string, over: Partial<Findable> = {}): Findable => ({
  id, name: id, vendor: '', summary: '', trust: 'bundled', connections: 0, categories: [], config_schema: {}, streams: [], permissions: [], ...over,
})
const secret = (name: string) => ({ properties: { url: {}, [name]: { writeOnly: true } } })

const all = [
  connector('okta', { name: 'Okta', vendor: 'Okta', summary: 'Accounts with second factors.', categories: ['identity', 'enterprise_sso'], streams: [{ name: 'users', title: 'Users', kind: 'account' }], permissions: [{ id: 'okta.users.read' }], config_schema: secret('private_key'), connections: 1 }),
  connector('google-workspace', { name: 'Google Workspace', vendor: 'Google', categories: ['identity'], streams: [{ name: 'devices', title: 'Devices', kind: 'device' }] }),
  connector('gitlab', { name: 'GitLab', vendor: 'GitLab', categories: ['version_control'], config_schema: secret('token') }),
  connector('github', { name: 'GitHub', vendor: 'GitHub', categories: ['version_control'], trust: 'unverified', summary: 'Reads members and repositories.' }),
  connector('jira', { name: 'Jira', vendor: 'Atlassian', categories: ['ticketing'], summary: 'Issues beside GitHub.' }),
  connector('bamboohr', { name: 'BambooHR', vendor: 'Bamboo HR LLC', categories: ['hris'], config_schema: secret('api_key') }),
]
const titles = new Map([['identity', 'Identity'], ['enterprise_sso', 'Enterprise SSO'], ['version_control', 'Version control'], ['hris', 'HRIS']])
const found = (query: string) => findConnectors(all, query, titles).map((c) => c.id).join(' ')

describe('the search for a connector', () => {
  it.each([
    ['', 'okta google-workspace gitlab github jira bamboohr'],
    ['okta', 'okta'],
    ['github', 'github jira'],
    ['git', 'gitlab github jira'],
    ['atlassian', 'jira'],
    ['version control', 'gitlab github'],
    ['sso', 'okta'],
    ['users.read', 'okta'],
    ['google work', 'google-workspace'],
    ['repositories', 'github'],
    ['mfa', 'okta'],
    ['sharepoint', ''],
  ])('finds by name, vendor, category, data, permission and summary: %s', (query, want) => expect(found(query)).toBe(want))

  it.each([['otka', 'okta'], ['gihtub', 'github jira'], ['bambo', 'bamboohr'], ['gogle', 'google-workspace'], ['workspcae', 'google-workspace'], ['jria', 'jira'], ['gtl', '']])(
    'forgives typing errors: %s', (query, want) => expect(found(query)).toBe(want))

  it.each([
    ['category:identity', 'okta google-workspace'],
    ['category:"version control" by:git -by:unverified', 'gitlab'],
    ['provides:device', 'google-workspace'],
    ['provides:mfa', 'okta'],
    ['auth:token', 'gitlab'],
    ['auth:private', 'okta'],
    ['installed:yes', 'okta'],
    ['installed:no category:identity', 'google-workspace'],
    ['-category:identity -category:version', 'jira bamboohr'],
    ['by:atl', 'jira'],
  ])('reads terms: %s', (query, want) => expect(found(query)).toBe(want))
})

it('counts two letters that changed places as one error', () => {
  expect([distance('okta', 'otka', 2), distance('okta', 'okt', 2), distance('okta', 'slack', 2), distance('', 'ab', 2)]).toEqual([1, 1, 3, 2])
})

it('reads quotes, dashes and words that are no key', () => {
  expect(termsOf('-by:"Acme Inc" http://x - "a', ['by'])).toEqual([
    { not: true, key: 'by', value: 'acme inc' }, { not: false, key: '', value: 'http://x' }, { not: false, key: '', value: 'a' },
  ])
})

it('says what a person brings to sign in', () => {
  expect(['token', 'api_key', 'client_secret', 'password', 'key_file'].map((name) => signInOf(secret(name)))).toEqual(['token', 'key', 'oauth', 'password', 'private_key'])
  expect([signInOf({}), signInOf(undefined)]).toEqual(['none', 'none'])
})
