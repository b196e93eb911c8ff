import type { Check, ConnectionItem, ConnectionStatus, Connector, HeldRemoval, HostRecord, Probe, Problem, Run, Step, StreamStats } from '@/api/types'

const at = '2026-11-29T08:08:00Z'

export const problem = (over: Partial<Problem> = {}): Problem => ({
  code: 'auth.rejected', message: 'The key was refused.', remedy: 'Make a new one.', fault: 'customer', ...over,
})

export const step = (over: Partial<Step> = {}): Step => ({
  name: 'accounts', title: 'Read accounts', stream: 'accounts', status: 'succeeded', started_at: at, finished_at: at,
  read: 3, added: 3, changed: 0, removed: 0, gaps: [], ...over,
})

export const run = (over: Partial<Run> = {}): Run => ({
  id: 'r1', alias: 'hr', connection: 'c1', connector: 'csv', connector_version: '1.0.0', epoch: 1, status: 'succeeded', trigger: 'manual',
  actor: { kind: 'person', id: '1000', name: 'anna', auth: 'one-time link' }, queued_at: at, started_at: at, finished_at: at, steps: [step()], ...over,
})

export const stream = (over: Partial<StreamStats> = {}): StreamStats => ({
  name: 'accounts', title: 'Accounts', kind: 'account', records: 3, first_read_at: at, last_complete_at: at, full_read_at: at, ...over,
})

export const held = (over: Partial<HeldRemoval> = {}): HeldRemoval => ({
  id: 'h1', stream: 'accounts', title: 'Accounts', kind: 'account', run: 'r1', since: at, removes: 1_800, known: 2_001, rule: 'most',
  explanation: 'The system no longer lists 1800 of 2001 records of Accounts. They are kept until a person decides, because that is more than half.',
  remedy: 'Look at the list.', sample: [{ key: 'e1', name: 'Ann Berg' }], rejected_at: null, ...over,
})

export const connection = (over: Partial<ConnectionStatus> = {}): ConnectionStatus => ({
  id: 'c1', alias: 'hr', connector: 'csv', connector_name: 'CSV file', connector_trust: 'bundled', categories: ['hris'], activity: 'idle',
  health: 'healthy', reason: 'on_time', explanation: 'Every step of the last run completed.', since: at, failing_steps: [], history: [],
  last_run: run(), last_success_at: at, next_run_at: null, notices: [], schedule: '@hourly', settings: {}, secrets: [], streams: [stream()],
  revision: 1, created_at: at, updated_at: at, ...over,
})

export const item = (over: Partial<ConnectionItem> = {}): ConnectionItem => ({
  id: 'c1', alias: 'hr', connector: 'csv', connector_name: 'CSV file', categories: ['hris'], activity: 'idle', schedule: '@hourly', notices: [],
  health: 'healthy', reason: 'on_time', explanation: 'Every step of the last run completed.', since: at,
  last_run: { id: 'r1', status: 'succeeded' }, recent: { statuses: 's', seconds: [3] }, records: 3, last_success_at: at, next_run_at: null, ...over,
})

export const connector = (over: Partial<Connector> = {}): Connector => ({
  id: 'csv', name: 'CSV file', vendor: 'Plumbline', version: '1.0.0', summary: 'Reads a file.', sdk: 'go/1', sha256: 'ab', path: '/c/csv',
  trust: 'bundled', categories: ['hris'], capabilities: [], connections: 0, streams: [], steps: [], permissions: [], network: [], network_tcp: false, files: [],
  limits: { concurrent_requests: 1, concurrent_runs: 1, requests_per_second: 0, tenant_settings: [] },
  guide: { introduction: '', minutes: 1, notes: [], prerequisites: [], steps: [] },
  config_schema: { type: 'object', required: ['path'], properties: { path: { type: 'string', title: 'File', format: 'path' } } },
  ...over,
})

export const probe = (over: Partial<Probe> = {}): Probe => ({
  id: 'read', title: 'Read the file', message: '', state: 'ok', required: true, seconds: 0.2, ...over,
})

export const check = (over: Partial<Check> = {}): Check => ({ id: 'k1', status: 'ok', version: 1, probes: [probe()], ...over })

export const record = (over: Partial<HostRecord> = {}): HostRecord => ({
  key: 'e1', kind: 'account', stream: 'accounts', connection: 'c1', alias: 'hr', connector_trust: 'bundled', connector_version: '1.0.0',
  data: { name: 'Ann Berg', email: 'ann@example.com' }, hash: 'ab', observed_at: at, run: 'r1', ...over,
})
