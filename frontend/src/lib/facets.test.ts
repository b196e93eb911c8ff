import { describe, expect, it } from 'vitest'
import { countByCategory, groupByCategory, matches } from './facets'

const envoy = {
  id: 'envoy',
  name: 'Envoy',
  vendor: 'Envoy, Inc.',
  summary: 'Who has an account.',
  categories: ['user_access_review'],
  streams: [{ name: 'employees', title: 'Employees', kind: 'account' }],
  permissions: [{ id: 'employees.read' }],
}
const ldap = { ...envoy, id: 'ldap', name: 'LDAP', vendor: 'Plumbline', categories: ['identity', 'user_access_review'], permissions: [] }
const odd = { ...envoy, id: 'odd', categories: ['from_the_future'] }
const titles = new Map([
  ['user_access_review', 'User access review'],
  ['identity', 'Identity'],
])

describe('matches', () => {
  it.each(['', '  ', 'ENVOY', 'inc', 'access review', 'employees.read', 'account', 'envoy employees'])('finds Envoy by "%s"', (query) => {
    expect(matches(envoy, query, titles)).toBe(true)
  })

  it('wants every word', () => {
    expect(matches(envoy, 'envoy identity', titles)).toBe(false)
    expect(matches(ldap, 'ldap identity', titles)).toBe(true)
  })
})

it('counts a connector under each of its categories', () => {
  expect([...countByCategory([envoy, ldap])]).toEqual([
    ['user_access_review', 2],
    ['identity', 1],
  ])
})

it('lists a connector once, under its first known category, and an unknown one last', () => {
  const groups = groupByCategory([odd, envoy, ldap], ['crm', 'identity', 'user_access_review'])
  expect(groups.map(([id, items]) => [id, items.map((i) => i.id)])).toEqual([
    ['identity', ['ldap']],
    ['user_access_review', ['envoy']],
    ['', ['odd']],
  ])
})
