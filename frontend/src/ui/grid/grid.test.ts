import { describe, expect, it } from 'vitest'
import { geometry, rowHeight, tallest } from './geometry'
import { moved } from './keys'

describe('rows in sight', () => {
  it('are few however many there are', () => {
    expect(geometry(1_000_000, 0, 400).slice).toEqual({ first: 0, end: 18 })
    expect(geometry(100_000, 1000 * rowHeight, 400).slice).toEqual({ first: 992, end: 1018 })
    expect(geometry(3, 0, 400).slice).toEqual({ first: 0, end: 3 })
  })

  it.each([5, 100_000, 1_000_000])('are the last ones of %i at the end of the scroll bar', (count) => {
    const { height } = geometry(count, 0, 400)
    const end = geometry(count, height - 400, 400)
    expect(height).toBeLessThanOrEqual(tallest)
    expect(end.slice.end).toBe(count)
    expect(end.topOf(count - 1) + rowHeight).toBeLessThanOrEqual(height + 1)
  })

  it.each([100_000, 1_000_000])('of %i can be anywhere: a row that is revealed is in the box', (count) => {
    for (const row of [0, 7, count / 2, count - 1]) {
      const top = geometry(count, 12_345, 400).reveal(row)
      const place = geometry(count, top, 400).topOf(row) - top
      expect(place).toBeGreaterThanOrEqual(-1)
      expect(place + rowHeight).toBeLessThanOrEqual(401)
    }
  })

  it('do not move for a row that is in sight', () => expect(geometry(100, 80, 400).reveal(5)).toBe(80))
})

describe('a key', () => {
  const size = { rows: 100, columns: 4, page: 10 }
  const press = (row: number, column: number, key: string, ctrlKey = false) => {
    const to = moved({ row, column }, { key, ctrlKey, metaKey: false }, size)
    return to && [to.row, to.column]
  }
  it.each([
    ['ArrowDown', [3, -1], [4, -1]],
    ['ArrowDown', [99, 2], [99, 2]],
    ['ArrowUp', [0, -1], [-1, 0]],
    ['ArrowUp', [0, 2], [-1, 2]],
    ['ArrowRight', [3, -1], [3, 0]],
    ['ArrowRight', [3, 3], [3, 3]],
    ['ArrowLeft', [3, 0], [3, -1]],
    ['ArrowLeft', [-1, 0], [-1, 0]],
    ['PageDown', [3, 1], [13, 1]],
    ['PageDown', [95, 1], [99, 1]],
    ['PageUp', [3, -1], [0, -1]],
    ['Home', [50, -1], [0, -1]],
    ['Home', [50, 2], [50, 0]],
    ['End', [50, -1], [99, -1]],
    ['End', [50, 2], [50, 3]],
  ])('%s in %j goes to %j', (key, [row = 0, column = 0], to) => expect(press(row, column, key)).toEqual(to))

  it('with Ctrl goes to the ends of the list', () => {
    expect(press(50, 2, 'Home', true)).toEqual([0, 2])
    expect(press(50, 2, 'End', true)).toEqual([99, 2])
  })
  it('that is none of a grid goes nowhere', () => expect(press(1, 1, 'a')).toBeUndefined())
})
