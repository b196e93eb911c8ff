import { describe, expect, it } from 'vitest'
import { uniqueAlias } from './alias'
import { backoff } from './backoff'
import { bytes, count, plural } from './numbers'
import { connectionPath } from './paths'
import { fieldText } from './record'
import { presetOf, scheduleWords } from './schedule'
import { faultWord, healthTone, reasonWord, sentence, startedWords, starterWords, statement, stateOf, statusTone } from './words'

describe('uniqueAlias', () => {
  it.each([
    ['envoy', [], 'envoy'],
    ['envoy', ['envoy'], 'envoy-2'],
    ['envoy', ['envoy', 'envoy-2'], 'envoy-3'],
    ['My CSV file', [], 'my-csv-file'],
    ['__x', [], 'x'],
    ['!!', [], 'connection'],
  ])('%s beside %j is %s', (base, taken, alias) => {
    expect(uniqueAlias(base, taken)).toBe(alias)
  })
})

describe('backoff', () => {
  it('doubles to a ceiling and spreads by a tenth either way', () => {
    expect([1, 2, 3, 6, 20].map((n) => backoff(n, () => 0.5))).toEqual([500, 1_000, 2_000, 15_000, 15_000])
    expect(backoff(1, () => 0)).toBe(450)
    expect(backoff(20, () => 1)).toBe(16_500)
  })
})

it('counts in words', () => {
  expect(count(1_234_567)).toBe('1,234,567')
  expect(plural(1, 'record')).toBe('1 record')
  expect(plural(2_000, 'record')).toBe('2,000 records')
  expect(plural(0, 'removal is', 'removals are')).toBe('0 removals are')
})

it('writes bytes for a person', () => {
  expect([0, 999, 1_000, 12_345, 1_234_567, 5e12].map(bytes)).toEqual(['0 B', '999 B', '1.0 kB', '12 kB', '1.2 MB', '5.0 TB'])
})

it('addresses a connection by its alias unless a route has that name', () => {
  expect(connectionPath({ id: 'c1', alias: 'envoy' })).toBe('/connections/envoy')
  expect(connectionPath({ id: 'c1', alias: 'available' })).toBe('/connections/c1')
  expect(connectionPath({ id: 'c1', alias: 'new' })).toBe('/connections/c1')
})

describe('records', () => {
  const data = { email: 'a@b', mfa: 'unknown', admin: false, vendor: { email: 'x' }, nothing: '' }

  it('tells missing from no', () => {
    expect(fieldText(data, 'admin')).toBe('no')
    expect(fieldText(data, 'mfa')).toBe('unknown')
    expect(fieldText(data, 'name')).toBe('–')
    expect(fieldText(data, 'nothing')).toBe('–')
  })
})

it('knows a preset by its expression', () => {
  expect(presetOf(' 0 * * * * ')).toBe('hourly')
  expect(presetOf('')).toBe('manual')
  expect(presetOf('5 4 * * *')).toBe('custom')
  expect(presetOf('@hourly')).toBe('hourly')
})

it('says a plain schedule in words', () => {
  expect(['@hourly', '@daily', '0 3 * * *', '30 6 * * 7', '@monthly', ''].map(scheduleWords)).toEqual([
    'Every hour', 'Every day at 00:00', 'Every day at 03:00', 'Every Sunday at 06:30', 'On the 1st of every month at 00:00', 'Only when asked',
  ])
  expect(['*/15 * * * *', '0 3 1 * 1', '0 6 * * 1-5'].map(scheduleWords)).toEqual([undefined, undefined, undefined])
})

describe('words', () => {
  it('keeps amber for what heals by itself and red for what needs a person', () => {
    expect(healthTone('healthy', 'on_time')).toBe('ok')
    expect(healthTone('healthy', 'late')).toBe('warn')
    expect(healthTone('unhealthy', 'degraded')).toBe('warn')
    expect(healthTone('unhealthy', 'action_required')).toBe('bad')
    expect(healthTone('unknown', 'draft')).toBe('quiet')
    expect(healthTone('paused', 'paused')).toBe('quiet')
    expect(statusTone('partial')).toBe('warn')
    expect(statusTone('something_new')).toBe('quiet')
  })

  it('counts a paused connection as neither healthy nor unhealthy', () => {
    expect(stateOf({ health: 'healthy', reason: 'paused' })).toBe('paused')
    expect(stateOf({ health: 'unhealthy', reason: 'failing' })).toBe('unhealthy')
  })

  it('names who can fix it', () => {
    expect(['customer', 'upstream', 'connector', 'network', 'host'].map(faultWord)).toEqual([
      'You', 'The vendor', 'The author of the connector', 'The administrator of your network', 'Plumbline',
    ])
  })

  it('names who started a run', () => {
    const anna = { kind: 'person', id: '1000', name: 'anna', auth: 'socket peer' }
    expect(startedWords({ trigger: 'manual' })).toBe('Started by hand')
    expect(starterWords({ trigger: 'manual', actor: anna })).toBe('anna (this machine)')
    expect(starterWords({ trigger: 'manual' })).toBe('Started by hand')
    expect(startedWords({ trigger: 'manual', actor: anna })).toBe('Started by anna (this machine)')
    expect(startedWords({ trigger: 'manual', actor: { ...anna, auth: 'one-time link' } })).toBe('Started by anna (browser)')
    expect(startedWords({ trigger: 'manual', actor: { kind: 'person', id: '1000', auth: 'local process' } })).toBe('Started by 1000 (this machine)')
    expect(startedWords({ trigger: 'manual', actor: { kind: 'token', id: 'ci', auth: 'API token' } })).toBe('Started by the token ci')
    expect(startedWords({ trigger: 'schedule', actor: { kind: 'schedule', auth: 'local process' } })).toBe('Started by the schedule')
    expect(startedWords({ trigger: 'retry', actor: { kind: 'schedule', auth: 'local process' } })).toBe('Retry, started by the schedule')
  })

  it('shows a word it does not know as it came', () => {
    expect(reasonWord('action_required')).toBe('Action required')
    expect(reasonWord('on_fire')).toBe('On fire')
    expect(sentence('interrupted')).toBe('Interrupted')
  })
})

it('ends a message like a sentence', () => {
  expect(statement('line 3 could not be read')).toBe('Line 3 could not be read.')
  expect(statement('The key was refused.')).toBe('The key was refused.')
  expect(statement('')).toBe('')
})
