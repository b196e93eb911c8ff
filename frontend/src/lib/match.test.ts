import { expect, it } from 'vitest'
import { match } from './match'

it('ranks the beginning over a word over a part over letters', () => {
  expect(['okta-prod', 'prod okta', 'xokta', 'my oktopia', 'one kind to a'].map((text) => match('okta', text))).toEqual([4, 3, 2, 1, 0])
})

it('wants every word, in any order', () => {
  expect(match('prod okta', 'Sync okta-prod')).toBeGreaterThan(0)
  expect(match('okta nope', 'Sync okta-prod')).toBe(0)
  expect(match('', 'anything')).toBe(1)
})
