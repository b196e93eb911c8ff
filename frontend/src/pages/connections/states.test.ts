import { expect, it } from 'vitest'
import { byUrgency, segmentsOf, summaryOf } from './states'

type Subject = Parameters<typeof summaryOf>[0][number]
const one = (alias: string, health: string, paused = false) =>
  ({ alias, health, reason: paused ? 'paused' : 'on_time' }) as Subject

const all = [one('b', 'healthy'), one('p', 'healthy', true), one('z', 'unhealthy'), one('a', 'healthy'), one('q', 'unhealthy', true)]

it('counts a paused connection only as paused', () => {
  expect(segmentsOf(all).map((s) => `${s.title} ${s.count}`)).toEqual(['All 5', 'Healthy 2', 'Unhealthy 1', 'Paused 2'])
  expect(segmentsOf([one('a', 'healthy')]).map((s) => s.title)).toEqual(['All', 'Healthy', 'Unhealthy'])
})

it('says how many are in trouble', () => {
  expect(summaryOf(all)).toBe('1 connection needs attention.')
  expect(summaryOf([one('a', 'healthy')])).toBe('')
})

it('puts those in trouble first', () => {
  expect([...all].sort(byUrgency).map((c) => c.alias)).toEqual(['z', 'a', 'b', 'p', 'q'])
})
