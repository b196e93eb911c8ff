import { expect, it } from 'vitest'
import { ordinal, queueSentence } from './queue'

it('counts as people do', () => {
  expect([1, 2, 3, 4, 11, 12, 13, 21, 22, 101, 111, 113].map(ordinal)).toEqual([
    '1st', '2nd', '3rd', '4th', '11th', '12th', '13th', '21st', '22nd', '101st', '111th', '113th',
  ])
})

it('says the place and what keeps a run, and nothing of one that has its turn', () => {
  const queue = { position: 2, waiting: 7, waits_for: 'budget' as const, explanation: 'waits for the rate budget of acme.okta.com' }
  expect(queueSentence({ queue })).toBe('2nd of 7 in line: waits for the rate budget of acme.okta.com.')
  expect(queueSentence({ queue: { ...queue, position: 1, waiting: 1 } })).toBe('Next in line: waits for the rate budget of acme.okta.com.')
  expect(queueSentence({})).toBe('')
  expect(queueSentence(null)).toBe('')
})
