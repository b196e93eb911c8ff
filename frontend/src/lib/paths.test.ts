import { expect, it } from 'vitest'
import { changesPath, peeked, peekOf, recordOf, recordPath } from './paths'

const keys = ['u1', 'cn=Ann,dc=example', 'a/b', 'a%2Fb', '100%', 'é ü', '..', '?x=1&y#z', '\u202E']

it.each(keys)('a record with the key %j has a page, and a peek, of its own', (key) => {
  const ref = { connection: 'okta', stream: 'users', key }
  expect(recordOf(recordPath(ref).split('?')[0] ?? '')).toEqual(ref)
  expect(peeked(peekOf(ref))).toEqual({ ...ref, at: '' })
  const search = new URLSearchParams({ peek: peekOf(ref, '2026-11-01T00:00:00Z') }).toString()
  expect(peeked(new URLSearchParams(search).get('peek') ?? '')).toEqual({ ...ref, at: '2026-11-01T00:00:00Z' })
})

it('half a character is no reason to fail', () => expect(recordPath({ connection: 'a', stream: 'b', key: '\uD800' })).toContain('%EF%BF%BD'))
it('a moment goes with the page', () => expect(recordPath({ connection: 'a', stream: 'b', key: 'c' }, '2026-06-30')).toBe('/connections/a/records/b/c?on=2026-06-30'))
it('what is no record names none', () => {
  expect(recordOf('/connections/a')).toBeUndefined()
  expect(recordOf('/connections/a/records/b/%E0%A4%A')).toBeUndefined()
  expect(peeked('')).toBeUndefined()
})
it('changes are asked for by what is given', () => {
  expect(changesPath({ run: 'r1', stream: '' })).toBe('/changes?run=r1')
  expect(changesPath({})).toBe('/changes')
})
