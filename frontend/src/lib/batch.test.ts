import { expect, it } from 'vitest'
import { runBatch, type Outcome } from './batch'

const told = (outcomes: Outcome<number>[]) => outcomes.map(({ item, error }) => (error ? `${item}: ${String(error)}` : String(item)))

it('does every item, and a failure is an outcome that stops nothing', async () => {
  const outcomes: Outcome<number>[] = []
  let most = 0
  let now = 0
  const work = async (n: number) => {
    most = Math.max(most, ++now)
    await Promise.resolve()
    now--
    if (n === 2) throw 'no'
  }
  const left = await runBatch([1, 2, 3, 4, 5], work, { parallel: 2, signal: new AbortController().signal, onOutcome: (o) => outcomes.push(o) })
  expect(told(outcomes).sort()).toEqual(['1', '2: no', '3', '4', '5'])
  expect([left, most]).toEqual([[], 2])
})

it('begins nothing after an abort, and says what is left', async () => {
  const stop = new AbortController()
  const outcomes: Outcome<number>[] = []
  const left = await runBatch([1, 2, 3], async (n) => n === 1 && stop.abort(), { parallel: 1, signal: stop.signal, onOutcome: (o) => outcomes.push(o) })
  expect(told(outcomes)).toEqual(['1'])
  expect(left).toEqual([2, 3])
})
