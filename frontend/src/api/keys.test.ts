import { describe, expect, it } from 'vitest'
import { isStale, keys } from './keys'

const query = { where: [], sort: 'key' }

/** What a browser may have cached, each with its answer. */
const cached: Record<string, [readonly unknown[], unknown]> = {
  status: [keys.status, {}],
  connectors: [keys.connectors, []],
  connector: [keys.connector('csv'), {}],
  'all connections': [keys.connectionList({}), []],
  'hr by alias': [keys.connection('hr'), { id: 'c1' }],
  'hr by id': [keys.connection('c1'), { id: 'c1' }],
  'crm by alias': [keys.connection('crm'), { id: 'c2' }],
  'one not found': [keys.connection('nope'), undefined],
  'held of hr': [keys.held('c1', 'accounts', 'h1'), {}],
  'held of crm': [keys.held('c2', 'accounts', 'h2'), {}],
  'runs of hr': [keys.runList('c1'), {}],
  'runs of crm': [keys.runList('c2'), {}],
  'run of hr': [keys.run('r1'), {}],
  'log of hr': [keys.logs('r1'), {}],
  'run of crm': [keys.run('r2'), {}],
  'records of hr': [keys.recordList({ connection: 'c1', stream: 'accounts' }, query), {}],
  'records of crm': [keys.recordList({ connection: 'c2', stream: 'accounts' }, query), {}],
  'all accounts': [keys.recordList({ kind: 'account' }, query), {}],
  'one record': [keys.record({ connection: 'hr', stream: 'accounts', key: 'e1' }, ''), {}],
  'its versions': [keys.versions({ connection: 'hr', stream: 'accounts', key: 'e1' }), {}],
  changes: [keys.history({}), {}],
  'a page of a moment': [keys.recordPage({ kind: 'account' }, query, 3, 'then'), {}],
  fields: [keys.fields('account'), []],
  categories: [keys.categories, []],
}

const run = (kind: string) => ({ topic: 'run' as const, id: 'r1', kind, connection: 'c1' })
const connection = (kind: string) => ({ topic: 'connection' as const, id: 'c1', kind, connection: 'c1' })
const ofHr = ['all connections', 'hr by alias', 'hr by id', 'one not found', 'held of hr']

describe('an event makes old what it is about, and nothing else', () => {
  it.each([
    ['progress of a run', run('progress'), ['run of hr', 'log of hr']],
    ['a step of a run', run('changed'), ['all connections', 'run of hr', 'log of hr']],
    ['a run that begins', run('started'), [...ofHr, 'run of hr', 'log of hr']],
    ['a run that waits', run('queued'), [...ofHr, 'runs of hr', 'run of hr', 'log of hr']],
    ['a run that has ended', run('finished'), [...ofHr, 'runs of hr', 'run of hr', 'log of hr', 'records of hr', 'all accounts', 'one record', 'its versions', 'changes']],
    ['an edited connection', connection('changed'), ['status', ...ofHr]],
    ['a new connection', connection('created'), ['status', 'connectors', 'connector', ...ofHr]],
    ['a removed connection', connection('removed'), ['status', 'connectors', 'connector', ...ofHr, 'records of hr', 'records of crm', 'all accounts', 'one record', 'its versions', 'changes']],
    [
      'a connector', { topic: 'connector' as const, id: 'csv', kind: 'changed' },
      ['status', 'connectors', 'connector', 'all connections', 'hr by alias', 'hr by id', 'crm by alias', 'one not found', 'held of hr', 'held of crm'],
    ],
    ['the host', { topic: 'host' as const, id: 'disk', kind: 'paused' }, ['status']],
    ['a check', { topic: 'check' as const, id: 'k', kind: 'changed' }, []],
  ])('%s', (_, event, old) => {
    const found = Object.entries(cached).filter(([, [key, data]]) => isStale(event, key, data))
    expect(found.map(([name]) => name)).toEqual(old)
  })
})
