import { describe, expect, it } from 'vitest'
import { dateOnly, duration, elapsed, relativeTime, sinceWords, zonedTime } from './time'

const now = Date.parse('2026-11-22T12:00:00Z')
const at = (seconds: number) => new Date(now + seconds * 1000).toISOString()

describe('relativeTime', () => {
  it.each([
    [-3, 'just now'],
    [-44, 'just now'],
    [30, 'in a moment'],
    [-50, '1 min ago'],
    [50, 'in 1 min'],
    [-5 * 60, '5 min ago'],
    [-2 * 3_600, '2 hr ago'],
    [40 * 60, 'in 40 min'],
    [-3 * 86_400, '3 days ago'],
    [-31 * 86_400, '22 Oct'],
    [-400 * 86_400, '18 Oct 2025'],
  ])('%d s from now is "%s"', (seconds, words) => {
    expect(relativeTime(at(seconds), now)).toBe(words)
  })

  it('says nothing about a time it cannot read', () => {
    expect(relativeTime('soon', now)).toBe('')
  })
})

describe('duration', () => {
  it.each([
    [0.42, '0.4 s'],
    [9.99, '10 s'],
    [59.4, '59 s'],
    [59.6, '1 min 00 s'],
    [185, '3 min 05 s'],
    [7_800, '2 h 10 min'],
    [0, '< 0.1 s'],
    [0.04, '< 0.1 s'],
    [0.05, '0.1 s'],
    [-1, '< 0.1 s'],
  ])('%d is "%s"', (seconds, words) => {
    expect(duration(seconds)).toBe(words)
  })
})

describe('elapsed', () => {
  it('runs on until there is an end', () => {
    expect(elapsed(at(-90), null, now)).toBe(90)
    expect(elapsed(at(-90), at(-30), now)).toBe(60)
  })

  it('is unknown before the start, and never negative', () => {
    expect(elapsed(null, null, now)).toBeNull()
    expect(elapsed(at(5), null, now)).toBe(0)
  })
})

describe('a moment of the past', () => {
  it('is said with its zone', () => {
    expect(zonedTime('2026-11-29T08:08:30Z')).not.toContain('+0)')
    expect(zonedTime('2026-11-29T08:08:30Z')).toMatch(/^29 Nov 2026 \d\d:\d8 \(UTC([+-]\d+(:\d\d)?)?\)$/)
  })

  it('is a time today and a day before', () => {
    const noon = new Date(2026, 10, 29, 12).getTime()
    expect(sinceWords(new Date(2026, 10, 29, 9, 8).toISOString(), noon)).toBe('09:08')
    expect(sinceWords(new Date(2026, 10, 28, 9, 8).toISOString(), noon)).toBe('28 Nov')
  })
})

it('names the year only when it is another one', () => {
  expect(dateOnly('2026-03-04T12:00:00Z', now)).toBe('4 Mar')
  expect(dateOnly('2024-03-04T12:00:00Z', now)).toBe('4 Mar 2024')
})
