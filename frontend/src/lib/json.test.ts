import { expect, it } from 'vitest'
import { found, leadsTo, linesOf, type Json } from './json'

const document: Json = { id: 7, profile: { 'a/b': 'Ann', tags: ['x', null] }, none: {} }
const paths = (open: (path: string) => boolean) => linesOf(document, open).map((line) => line.path)

it('leaves out what a closed group holds', () => {
  expect(paths(() => false)).toEqual(['/id', '/profile', '/none'])
  expect(paths(() => true)).toEqual(['/id', '/profile', '/profile/a~1b', '/profile/tags', '/profile/tags/0', '/profile/tags/1', '/none'])
})

it('counts what a group holds', () => {
  expect(linesOf(document, () => false).map((line) => line.holds)).toEqual([undefined, 2, 0])
})

it('finds names and values in any case, wherever they are', () => {
  expect([...found(document, 'ann')]).toEqual(['/profile/a~1b'])
  expect([...found(document, 'TAGS')]).toEqual(['/profile/tags'])
  expect([...found(document, 'null')]).toEqual(['/profile/tags/1'])
  expect(found(document, '').size).toBe(0)
})

it('knows the groups on the way', () => {
  const one = found(document, 'ann')
  expect([leadsTo('/profile', one), leadsTo('/profile/tags', one), leadsTo('/pro', one)]).toEqual([true, false, false])
})

it('draws a document that is one value', () => expect(linesOf('x', () => true)).toEqual([{ path: '', name: '', depth: 0, value: 'x' }]))
