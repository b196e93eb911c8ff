import { describe, expect, it } from 'vitest'
import type { Field } from '@/api/types'
import { columnsOf, fieldTitle, inWords, operatorsOf } from './conditions'
import { askedMoment, momentOf, momentWords, nextSort, partsOf } from './listState'
import { pagesOf } from './pages'

const fields: Field[] = [
  { name: 'key', type: 'text' },
  { name: 'observed_at', type: 'time' },
  { name: 'email', type: 'text', rank: 2 },
  { name: 'name', type: 'text', rank: 1 },
  { name: 'title', type: 'text' },
  { name: 'status', type: 'word', words: ['active', 'suspended'], rank: 3 },
  { name: 'mfa', type: 'word', words: ['yes', 'no', 'unknown'], rank: 4 },
  { name: 'last_login_at', type: 'time', rank: 5 },
  { name: 'department', type: 'text', rank: 6 },
]

describe('a condition in words', () => {
  it.each([
    ['mfa:no', 'MFA is no'],
    ['status!:active,suspended', 'Status is not active or suspended'],
    ['last_login_at<2026-01-31', 'Last sign-in is before 2026-01-31'],
    ['last_login_at=', 'Last sign-in is not known'],
    ['email!=', 'Email is known'],
    ['name:a=b', 'Name holds a=b'],
    ['colour:red', 'colour:red'],
    ['nothing', 'nothing'],
  ])('%s: %s', (condition, words) => {
    expect(inWords(condition, fields)).toBe(words)
  })

  it('knows the words of every comparison it offers', () => {
    for (const field of fields) {
      for (const o of operatorsOf(field)) {
        const value = o.alone ? '' : 'x'
        expect(inWords(field.name + o.sign + value, fields)).toBe([fieldTitle(field.name), o.title, value].filter(Boolean).join(' '))
      }
    }
  })
})

describe('columns', () => {
  const names = (sort: string, max?: number) => columnsOf(fields, sort, [], max).map((f) => f.name)
  it('are those that the host ranks first', () => expect(names('')).toEqual(['name', 'email', 'status', 'mfa', 'last_login_at', 'department']))
  it('have the one that is sorted by', () => expect(names('-department', 3)).toEqual(['name', 'email', 'department']))
  it('leave out what every row shows anyway', () => expect(names('observed_at', 2)).toEqual(['name', 'email']))
  it('are the key where the kind has no name', () => expect(columnsOf([{ name: 'key', type: 'text' }, { name: 'size', type: 'number' }], '').map((f) => f.name)).toEqual(['key']))
})

describe('sorting', () => {
  it('goes up, down and back', () => {
    expect(['', 'name', '-name', 'email'].map((sort) => nextSort(sort, 'name'))).toEqual(['name', '-name', '', 'name'])
  })
})

describe('a day', () => {
  const noon = new Date(2026, 10, 29, 12).getTime()
  const at = new Date(2026, 10, 29, 9, 24).toISOString()
  const end = new Date(2026, 5, 30, 23, 59, 59, 999).toISOString()

  it('that is over is asked for, and said with the zone in which it ends', () => {
    expect(askedMoment('2026-06-30', noon)).toBe('2026-06-30')
    expect(momentWords('2026-06-30', noon, end)).toMatch(/^at the end of 30 Jun 2026 \(UTC\S*\)$/)
  })

  it('that ends elsewhere at another time says that time', () => {
    const earlier = new Date(2026, 5, 30, 17, 59, 59, 999).toISOString()
    expect(momentWords('2026-06-30', noon, earlier)).toMatch(/^at 30 Jun 2026 17:59 \(UTC\S*\)$/)
  })

  it('that is not over means now, and says the time', () => {
    for (const day of ['2026-11-29', '2027-01-01']) {
      expect(askedMoment(day, noon)).toBeUndefined()
      expect(momentWords(day, noon, at)).toMatch(/^at 29 Nov 2026 09:24 \(UTC\S*\)$/)
    }
  })

  it('that is none is now', () => {
    expect(askedMoment('soon', noon)).toBeUndefined()
    expect(momentWords('soon', noon, at)).toBe('')
    expect(momentWords('', noon, at)).toBe('')
  })
})

describe('a moment', () => {
  it('is kept as the day alone, or as a time of every zone', () => {
    expect(momentOf('2026-06-30', '')).toBe('2026-06-30')
    const on = momentOf('2026-06-30', '14:05')
    expect(on).toMatch(/^2026-\d{2}-\d{2}T\d{2}:\d{2}Z$/)
    expect(partsOf(on)).toEqual({ day: '2026-06-30', time: '14:05' })
    expect([momentOf('soon', '14:05'), partsOf('soon').day]).toEqual(['', ''])
  })

  it('is said with its zone, and means now when it is to come', () => {
    const now = new Date(2026, 10, 29, 12).getTime()
    const on = momentOf('2026-06-30', '14:05')
    expect(askedMoment(on, now)).toBe(on)
    expect(momentWords(on, now, '2026-06-01T00:00:00Z')).toMatch(/^at 30 Jun 2026 14:05 \(UTC\S*\)$/)
    expect(askedMoment(momentOf('2026-12-24', '18:00'), now)).toBeUndefined()
  })
})

describe('chosen columns', () => {
  it('come in the order they were chosen, with the one that is sorted by', () => {
    expect(columnsOf(fields, '-status', ['title', 'name', 'gone']).map((f) => f.name)).toEqual(['title', 'name', 'status'])
  })
})

describe('pages in sight', () => {
  it('leave out the first, which is always there, and what is behind the end', () => {
    expect(pagesOf({ first: 0, end: 30 }, 1000)).toEqual([])
    expect(pagesOf({ first: 190, end: 230 }, 1000)).toEqual([1])
    expect(pagesOf({ first: 390, end: 610 }, 1000)).toEqual([1, 2, 3])
    expect(pagesOf({ first: 99_980, end: 100_020 }, 100_000)).toEqual([499])
    expect(pagesOf({ first: 0, end: 0 }, 0)).toEqual([])
  })
})
