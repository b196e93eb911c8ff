import { expect, it } from 'vitest'
import { problem } from '@/test/fixtures'
import { firstState, reduce, type FormAction, type FormState } from './formState'

const start = firstState({
  alias: 'hr', schedule: '@daily', owner: '', values: { 'settings.path': '/a.csv' }, prerequisites: ['a key'], steps: [],
})
const passed = { payload: '{"path":"/a.csv"}', passed: true }
const known = ['alias', 'schedule', 'settings.path', 'settings.bases']
const taken = problem({ fields: [{ field: 'alias', message: 'is taken' }] })
const deep = problem({ fields: [{ field: 'settings.bases[2]', message: 'is no base' }, { field: 'settings.bases[3]', message: 'too' }] })
const stray = problem({ fields: [{ field: 'revision', message: 'is not the latest' }] })

it.each<[string, Partial<FormState>, FormAction, Partial<FormState>]>([
  ['an alias', {}, { type: 'alias', value: 'crm' }, { alias: 'crm' }],
  ['an alias leaves a check as it was', { checked: passed }, { type: 'alias', value: 'crm' }, { alias: 'crm', checked: passed }],
  ['a schedule', {}, { type: 'schedule', value: '' }, { schedule: '' }],
  ['an owner', {}, { type: 'owner', value: 'anna' }, { owner: 'anna' }],
  ['a step is done', {}, { type: 'tick', of: 'steps', item: 'step-1', done: true }, { steps: ['step-1'] }],
  ['a prerequisite is not ready', {}, { type: 'tick', of: 'prerequisites', item: 'a key', done: false }, { prerequisites: [] }],
  ['what is ticked twice is ticked once', {}, { type: 'tick', of: 'prerequisites', item: 'a key', done: true }, { prerequisites: ['a key'] }],
  ['a setting voids the check', { checked: passed }, { type: 'value', path: 'settings.path', value: '/b.csv' }, { values: { 'settings.path': '/b.csv' } }],
  ['a new setting keeps the others', {}, { type: 'value', path: 'secrets.key', value: 'x' }, { values: { 'settings.path': '/a.csv', 'secrets.key': 'x' } }],
  ['a complete form has no errors', { errors: { alias: 'x' }, problem: taken, attempt: 1 }, { type: 'complete' }, { attempt: 1 }],
  ['a check begins', {}, { type: 'begin', doing: 'check' }, { busy: 'check' }],
  ['a save ends', { busy: 'save' }, { type: 'end' }, {}],
  ['a check passes', {}, { type: 'checked', ...passed }, { checked: passed }],
  ['a check gets no answer', { checked: passed }, { type: 'unchecked' }, {}],
  ['a refusal names a field', {}, { type: 'refuse', problem: taken, known }, { problem: taken, errors: { alias: 'is taken' }, attempt: 1 }],
  ['a refusal names parts of a field', {}, { type: 'refuse', problem: deep, known }, { problem: deep, errors: { 'settings.bases': 'is no base' }, attempt: 1 }],
  ['a refusal names no field of the form', {}, { type: 'refuse', problem: stray, known }, { problem: stray, attempt: 1 }],
  [
    'what the form found itself comes first', { attempt: 1 },
    { type: 'refuse', problem: taken, own: { alias: 'An alias is needed.' }, known }, { problem: taken, errors: { alias: 'An alias is needed.' }, attempt: 2 },
  ],
])('%s', (_, before, action, after) => {
  expect(reduce({ ...start, ...before }, action)).toEqual({ ...start, ...after })
})
