import { describe, expect, it } from 'vitest'
import { isStale, keys } from '@/api/keys'
import { runQuery, type Insights } from '@/api/insights'
import { ticksOf } from './DaysChart'
import { percent } from './figures'
import { counting, runsPath } from './links'
import { firstDay, type InsightsState } from './state'

const answer = { since: '2026-03-01T00:00:00Z', until: '2026-03-31T09:30:00Z' } as Insights
const state: InsightsState = { period: 'month', since: '', until: '', group: 'owner', only: { connector: 'okta' } }

describe('the link of a figure', () => {
  it('asks for the runs that the figure counts', () => {
    const path = runsPath(answer, state, { row: 'anna', outcome: counting, cause: 'network', late: true })
    const params = new URLSearchParams(path.slice('/runs?'.length))
    const asked = runQuery({ one: (name) => params.get(name) ?? '', all: (name) => params.getAll(name) })
    expect(asked).toMatchObject({
      since: answer.since, until: answer.until, connector: 'okta', owner: 'anna', outcome: [...counting], cause: ['network'], late: true,
    })
  })

  it('narrows the span to a day', () => {
    expect(runsPath(answer, { ...state, only: {} }, { since: 'a', until: 'b' })).toBe('/runs?since=a&until=b')
  })

  it('leaves out what is no outcome', () => {
    const params = new URLSearchParams('outcome=odd&outcome=failed&cause=none')
    const asked = runQuery({ one: (name) => params.get(name) ?? '', all: (name) => params.getAll(name) })
    expect(asked.outcome).toEqual(['failed'])
    expect(asked.cause).toBeUndefined()
  })
})

describe('figures', () => {
  it('never says that all runs completed when one did not', () => {
    expect(percent(1)).toBe('100 %')
    expect(percent(0.9999)).toBe('99.9 %')
    expect(percent(0.5)).toBe('50 %')
  })

  it('has ticks at round numbers up to the most', () => {
    expect(ticksOf(1)).toEqual([0, 1])
    expect(ticksOf(17)).toEqual([0, 5, 10, 15, 20])
    expect(ticksOf(6400).at(-1)).toBeGreaterThanOrEqual(6400)
  })

  it('begins thirty days with today on the thirtieth day before tomorrow', () => {
    expect(firstDay('month', new Date(2026, 2, 30, 12).getTime())).toBe('2026-03-01')
  })
})

describe('an open page', () => {
  it('hears of a run that has finished and of connections, and not of progress', () => {
    const hears = (topic: 'run' | 'connection' | 'view', kind: string) => isStale({ topic, kind, id: 'x', connection: 'c' }, keys.insights({}), undefined)
    expect([hears('run', 'finished'), hears('connection', 'created'), hears('run', 'progress'), hears('run', 'started'), hears('view', 'changed')]).toEqual([
      true, true, false, false, false,
    ])
  })
})
