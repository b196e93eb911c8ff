import { act, cleanup, render } from '@testing-library/react'
import { afterEach, expect, it } from 'vitest'
import { Router } from 'wouter'
import { memoryLocation } from 'wouter/memory-location'
import { changed, useUrl, type Url } from './useUrl'

afterEach(cleanup)

it.each([
  ['sets', '', { q: 'ann' }, 'q=ann'],
  ['replaces', 'q=ann&run=r1', { q: 'ben' }, 'run=r1&q=ben'],
  ['empties', 'q=ann&run=r1', { q: '' }, 'run=r1'],
  ['keeps what it does not name', 'health=paused', { after: 'x' }, 'health=paused&after=x'],
  ['takes several values', 'where=a%3Ab', { where: ['c:d', 'e:f'] }, 'where=c%3Ad&where=e%3Af'],
  ['takes all values out', 'where=a&where=b&on=2026-06-30', { where: [], on: '' }, ''],
])('a change %s', (_, before, change, after) => {
  expect(changed(before, change as Parameters<typeof changed>[1])).toBe(after)
})

it('makes a step to go back to by choosing, and none by typing', () => {
  const { hook, searchHook, history } = memoryLocation({ path: '/connections?q=a', record: true })
  let url: Url | undefined
  const Probe = () => {
    url = useUrl()
    return null
  }
  render(
    <Router hook={hook} searchHook={searchHook}>
      <Probe />
    </Router>,
  )
  expect([url?.one('q'), url?.one('none'), url?.all('q')]).toEqual(['a', '', ['a']])
  act(() => url?.set({ q: 'ab' }, 'typing'))
  act(() => url?.set({ health: 'paused' }))
  expect(history).toEqual(['/connections?q=ab', '/connections?q=ab&health=paused'])
})

it('hands out a text with percent signs as it was put in, and keeps the path', () => {
  const { hook, searchHook, history } = memoryLocation({ path: '/records/a%252Fb', record: true })
  let url: Url | undefined
  const Probe = () => {
    url = useUrl()
    return null
  }
  render(
    <Router hook={hook} searchHook={searchHook}>
      <Probe />
    </Router>,
  )
  act(() => url?.set({ q: '100%2F%25' }))
  expect(url?.one('q')).toBe('100%2F%25')
  expect(history.at(-1)).toBe('/records/a%252Fb?q=100%252F%2525')
})
