import { expect, it } from 'vitest'
import type { ConnectionStatus } from '@/api/types'
import { rowTrouble } from './rowTrouble'

type Input = Parameters<typeof rowTrouble>[0]

const failing = { name: 'auth', title: 'Sign in', error: { code: 'auth.rejected', message: 'The key was refused.', remedy: 'Make a new one.' }, gaps: [] }
const partial = { name: 'repos', title: 'Read repositories', gaps: [{ scope: 'a/b', error: { code: 'x', message: 'Not visible.' } }] }
const connection = (over: object): Input =>
  ({ health: 'unhealthy', explanation: 'It failed.', failing_steps: ['auth'], last_run: { steps: [failing, partial] }, ...over }) as unknown as ConnectionStatus

it('says nothing about a connection that is not unhealthy', () => {
  expect(rowTrouble(connection({ health: 'healthy' }))).toBeUndefined()
  expect(rowTrouble(connection({ health: 'unknown' }))).toBeUndefined()
})

it('shows the failing step, its message and what to do', () => {
  expect(rowTrouble(connection({}))).toEqual({ step: 'Sign in', message: 'The key was refused.', remedy: 'Make a new one.' })
})

it('shows the first gap of a step that read only a part', () => {
  expect(rowTrouble(connection({ failing_steps: ['repos'] }))).toEqual({ step: 'Read repositories', message: 'Not visible.', remedy: '' })
})

it('says why the host paused a connection, and nothing of what a person paused', () => {
  const paused = { since: '2026-03-01T12:00:00Z', by: 'host', reason: '3 syncs in a row failed', remedy: 'Enter a valid credential.' }
  expect(rowTrouble(connection({ paused }))).toEqual({ step: 'Paused', message: '3 syncs in a row failed.', remedy: 'Enter a valid credential.' })
  expect(rowTrouble(connection({ health: 'healthy', paused: { ...paused, by: 'person' } }))).toBeUndefined()
})

it('falls back to the host’s own explanation', () => {
  expect(rowTrouble(connection({ last_run: null, remedy: 'Wait.' }))).toEqual({ step: '', message: 'It failed.', remedy: 'Wait.' })
})
