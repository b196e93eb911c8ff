import { expect, it } from 'vitest'
import { isSettled, settle } from './settle'

const of = (drawn: string, latest: string) => {
  const { ids, added, gone, moved } = settle([...drawn], [...latest])
  return `${ids.join('')} +${added} -${gone}${moved ? ' moved' : ''}`
}

it.each([
  ['nothing new', 'abc', 'abc', 'abc +0 -0'],
  ['a new one on top', 'abc', 'xabc', 'abc +1 -0'],
  ['one that left', 'abc', 'ac', 'abc +0 -1'],
  ['another order', 'abc', 'cab', 'abc +0 -0 moved'],
  ['all of it', 'abc', 'xcb', 'abc +1 -1 moved'],
])('keeps the rows where they are: %s', (_, drawn, latest, want) => {
  expect(of(drawn, latest)).toBe(want)
  expect(isSettled(settle([...drawn], [...latest]))).toBe(want.endsWith('+0 -0'))
})
