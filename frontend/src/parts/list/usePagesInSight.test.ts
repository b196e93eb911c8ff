import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { usePagesInSight } from './usePagesInSight'

beforeEach(() => vi.useFakeTimers())
afterEach(() => {
  cleanup()
  vi.useRealTimers()
})

function inSight(count: number) {
  let drawn = 0
  const { result } = renderHook(() => {
    drawn++
    return usePagesInSight(count)
  })
  const scroll = (first: number) => act(() => result.current.onRange({ first, end: first + 40 }))
  return { pages: () => result.current.pages, drawn: () => drawn, scroll }
}

it('rows that come into sight on the same page draw the list no more than once', () => {
  const { pages, drawn, scroll } = inSight(100_000)
  scroll(210)
  act(() => vi.advanceTimersByTime(100))
  expect(pages()).toEqual([1])
  const before = drawn()
  for (let row = 211; row <= 350; row++) scroll(row)
  act(() => vi.advanceTimersByTime(100))
  // React may ask once more to see that nothing changed.
  expect(drawn() - before).toBeLessThanOrEqual(1)
  expect(pages()).toEqual([1])
})

it('a page that passes by is not asked for, the one where the hand stops is', () => {
  const { pages, scroll } = inSight(100_000)
  for (let row = 0; row < 50_000; row += 500) {
    scroll(row)
    act(() => vi.advanceTimersByTime(50))
  }
  expect(pages()).toEqual([])
  scroll(50_190)
  act(() => vi.advanceTimersByTime(100))
  expect(pages()).toEqual([250, 251])
})
