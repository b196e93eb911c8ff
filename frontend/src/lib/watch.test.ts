import { describe, expect, it } from 'vitest'
import { watch, type Batch, type Link } from './watch'

type Answer = Batch<string> | Error

/** Plays answers to the loop one after the other and stops it after the last. */
async function play(answers: Answer[], took = 25_000) {
  let clock = 0
  const stop = new AbortController()
  const seen = { asked: [] as (number | undefined)[], waits: [] as number[], events: [] as string[], resets: 0, links: [] as Link['phase'][], lost: [] as number[] }
  const left = [...answers]
  await watch<string>({
    poll: (after) => {
      seen.asked.push(after)
      clock += took
      const next = left.shift()
      if (!next) {
        stop.abort()
        return Promise.reject(new Error('stopped'))
      }
      return next instanceof Error ? Promise.reject(next) : Promise.resolve(next)
    },
    wait: (ms) => {
      seen.waits.push(ms)
      return Promise.resolve()
    },
    now: () => clock,
    onEvents: (items) => seen.events.push(...items),
    onReset: () => seen.resets++,
    onLink: (link) => {
      seen.links.push(link.phase)
      if ('lostAt' in link) seen.lost.push(link.lostAt)
    },
    isFinal: (error) => error instanceof Error && error.message === 'signed out',
    signal: stop.signal,
  })
  return seen
}

const batch = (last: number, items: string[] = [], reset = false): Batch<string> => ({ items, last, reset })
const down = new Error('down')

describe('watch', () => {
  it('asks for the last number first, then for what came after it', async () => {
    const seen = await play([batch(7), batch(7), batch(9, ['a', 'b'])])
    expect(seen.asked).toEqual([undefined, 7, 7, 9])
    expect(seen.events).toEqual(['a', 'b'])
    expect(seen.resets).toBe(0)
    expect(seen.links).toEqual(['connecting', 'connected'])
  })

  it('rests after a burst and only then', async () => {
    const seen = await play([batch(1), batch(2, ['a']), batch(2)])
    expect(seen.waits).toEqual([500])
  })

  it('does not spin when empty answers come at once', async () => {
    const seen = await play([batch(1), batch(1), batch(1)], 5)
    expect(seen.waits).toEqual([1_000, 1_000])
  })

  it('refetches everything when the host says reset', async () => {
    const seen = await play([batch(7), batch(20, ['x'], true)])
    expect(seen.resets).toBe(1)
    expect(seen.events).toEqual([])
  })

  it('refetches everything when the numbers went back', async () => {
    expect((await play([batch(7), batch(3)])).resets).toBe(1)
  })

  it('backs off, says so, and refetches once the line is back', async () => {
    const seen = await play([batch(7), down, down, down, down, batch(8), batch(9, ['a'])])
    expect(seen.links).toEqual(['connecting', 'connected', 'reconnecting', 'reconnecting', 'reconnecting', 'offline', 'connected'])
    expect(seen.asked).toEqual([undefined, 7, undefined, undefined, undefined, undefined, 8, 9])
    expect(seen.resets).toBe(1)
    expect(seen.events).toEqual(['a'])
    for (const [i, floor] of [450, 900, 1_800, 3_600].entries()) expect(seen.waits[i]).toBeGreaterThanOrEqual(floor)
  })

  it('says since when nothing is heard, each time anew', async () => {
    const seen = await play([batch(1), down, down, batch(2), down], 100)
    expect(seen.lost).toEqual([200, 200, 500])
  })

  it('loads again after a start without an agent', async () => {
    const seen = await play([down, batch(4)])
    expect(seen.links).toEqual(['connecting', 'reconnecting', 'connected'])
    expect(seen.resets).toBe(1)
  })

  it('stops at an error that asking again cannot heal', async () => {
    const seen = await play([batch(7), new Error('signed out'), batch(8)])
    expect(seen.asked).toEqual([undefined, 7])
    expect(seen.waits).toEqual([])
  })
})
