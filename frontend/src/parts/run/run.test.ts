import { describe, expect, it } from 'vitest'
import type { RunOutcome } from '@/api/types'
import { problem, run, step } from '@/test/fixtures'
import { usual } from './median'
import { seenOf } from './seen'
import { causeOf, knownWords, sameAs, stateOfStep } from './truth'

const refused = problem({ code: 'auth.invalid' })
const at = (day: number) => `2026-11-${String(day).padStart(2, '0')}T08:00:00Z`
const failed = (day: number, code = 'auth.invalid', name = 'accounts') =>
  run({ id: `r${day}`, queued_at: at(day), started_at: at(day), steps: [step({ name, status: 'failed', error: problem({ code }) })] })
const good = (day: number) => run({ id: `r${day}`, queued_at: at(day), started_at: at(day) })

describe('how often an error was met', () => {
  const runs = [failed(9), failed(8), good(7), failed(6), failed(5, 'rate.limited'), failed(4, 'auth.invalid', 'groups')]
  it.each([
    ['of the latest run', failed(9), { times: 3, first: at(6), of: 6 }],
    ['of an earlier run, without later ones', failed(8), { times: 2, first: at(6), of: 5 }],
    ['of a run that the list does not have yet', failed(10), { times: 4, first: at(6), of: 7 }],
  ])('%s', (_, one, want) => {
    expect(seenOf(refused, 'accounts', one, runs)).toEqual(want)
  })

  it('of the run itself is not one of a step', () => {
    const cut = run({ id: 'r9', error: problem({ code: 'interrupted' }), started_at: at(9) })
    expect(seenOf(problem({ code: 'interrupted' }), '', cut, [cut, failed(8, 'interrupted')])).toEqual({ times: 1, first: at(9), of: 2 })
  })
})

describe('how long runs take', () => {
  const outcome = (id: string, seconds: number, status: RunOutcome['status'] = 'succeeded'): RunOutcome => ({ id, seconds, status, finished_at: at(1) })
  const history = [outcome('e', 100), outcome('d', 4), outcome('c', 60, 'failed'), outcome('b', 2), outcome('a', 3)]
  it('is the median of the runs before that succeeded', () => expect(usual(history, 'e')).toEqual({ seconds: 3, runs: 3 }))
  it('of an even number is between the two in the middle', () => expect(usual(history, 'f')).toEqual({ seconds: 3.5, runs: 4 }))
  it('is not said of too few', () => expect(usual(history, 'd')).toBeUndefined())
})

describe('what is known of a run', () => {
  it('that was cancelled is what it had stored, never that every step completed', () => {
    const words = knownWords(run({ status: 'cancelled', steps: [step({ added: 1_200, changed: 3 })] }))
    expect(words).toBe('The run was cancelled before every step completed. It had stored 1,203 changes by then, which stay.')
  })
  it('that was interrupted ends when it was last seen alive', () => {
    const words = knownWords(run({ status: 'interrupted', finished_at: at(9), steps: [step({ added: 0 })] }))
    expect(words).toMatch(/last seen alive on 9 Nov 2026 .* It had stored no change by then\.$/)
  })
  it('that came to its end needs no words', () => expect(knownWords(run())).toBe(''))
})

describe('an error', () => {
  it('that an earlier step had is not said twice', () => {
    const [one, two, three] = [
      step({ name: 'a', error: refused }), step({ name: 'b', error: refused }), step({ name: 'c', error: problem({ message: 'Another.' }) }),
    ]
    const whole = run({ steps: [one, two, three] })
    expect([one, two, three].map((each) => sameAs(each, whole)?.name)).toEqual([undefined, 'a', undefined])
  })
  it('has a cause by its family', () => {
    expect(causeOf('auth.expired')).toMatch(/credential/)
    expect(causeOf('permission.licence')).toMatch(/plan/)
    expect(causeOf('vendor.special')).toBe('')
  })
})

it('a step that waits for a person is held', () => {
  expect(stateOfStep(step({ status: 'partial', held: 3 }))).toBe('held')
  expect(stateOfStep(step({ status: 'succeeded', held: 0 }))).toBe('succeeded')
})
