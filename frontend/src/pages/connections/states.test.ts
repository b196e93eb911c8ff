import { expect, it } from 'vitest'
import { segmentsOf, summaryOf, totalOf } from './states'

const counts = { healthy: 2, unhealthy: 1, unknown: 0, paused: 2 }

it('counts a paused connection only as paused', () => {
  expect(segmentsOf(counts).map((s) => `${s.title} ${s.count}`)).toEqual(['All 5', 'Healthy 2', 'Unhealthy 1', 'Paused 2'])
  expect(segmentsOf({ ...counts, paused: 0 }).map((s) => s.title)).toEqual(['All', 'Healthy', 'Unhealthy'])
  expect(totalOf(counts)).toBe(5)
})

it('says how many are in trouble', () => {
  expect(summaryOf(counts)).toBe('1 connection needs attention.')
  expect(summaryOf({ ...counts, unhealthy: 0 })).toBe('')
})
