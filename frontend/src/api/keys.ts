import type { ConnectionFilter, RecordQuery, RecordScope } from './endpoints'
import type { HistoryQuery, RecordRef } from './records'
import type { HostEvent } from './types'

export const keys = {
  status: ['status'] as const,
  attention: ['attention'] as const,
  doctor: ['doctor'] as const,
  config: ['config'] as const,
  storage: ['storage'] as const,
  notifications: ['notifications', 'list'] as const,
  channels: ['notifications', 'channels'] as const,
  notificationRules: ['notifications', 'rules'] as const,
  background: ['background'] as const,
  audit: (filter: object) => ['audit', filter] as const,
  assistants: ['assistants'] as const,
  backups: ['backups'] as const,
  tasks: (kind: string) => ['tasks', kind] as const,
  updates: ['updates'] as const,
  found: (kind: string, q: string) => ['found', kind, q] as const,
  categories: ['categories'] as const,
  connectors: ['connectors'] as const,
  connector: (id: string) => ['connectors', id] as const,
  connections: ['connections'] as const,
  connectionList: (filter: ConnectionFilter) => ['connections', 'list', filter] as const,
  views: (page: string) => ['views', page] as const,
  aliases: (part: string) => ['aliases', part] as const,
  drafts: ['drafts'] as const,
  draftList: (of: object) => ['drafts', 'list', of] as const,
  files: (path: string) => ['files', path] as const,
  connection: (ref: string) => ['connections', 'one', ref] as const,
  coverage: (ref: string) => ['connections', 'coverage', ref] as const,
  held: (ref: string, stream: string, id: string) => ['connections', 'held', ref, stream, id] as const,
  recordList: (scope: RecordScope, query: RecordQuery) => ['records', scope, query] as const,
  /** A page of a list that is of one moment: it never gets old. */
  recordPage: (scope: RecordScope, query: RecordQuery, page: number, moment: string) => ['pages', scope, query, page, moment] as const,
  record: (ref: RecordRef, moment: string) => ['record', ref, moment] as const,
  versions: (ref: RecordRef) => ['record', ref, 'versions'] as const,
  history: (query: HistoryQuery) => ['history', 'list', query] as const,
  historySummary: (query: HistoryQuery) => ['history', 'summary', query] as const,
  fields: (kind: string) => ['fields', kind] as const,
  runs: ['runs'] as const,
  runList: (connection: string) => ['runs', 'list', connection] as const,
  latestRuns: ['latest'] as const,
  insights: (query: object) => ['insights', 'figures', query] as const,
  foundRuns: (query: object) => ['insights', 'runs', query] as const,
  tests: (query: object) => ['tests', 'list', query] as const,
  findings: (test: string, outcome: string) => ['tests', 'findings', test, outcome] as const,
  testHistory: (test: string, limit: number) => ['tests', 'history', test, limit] as const,
  testCoverage: (test: string, period: object) => ['tests', 'coverage', test, period] as const,
  /** What held over a period, by the task that worked it out: later reads begin another one. */
  testHeld: (task: string) => ['held', task] as const,
  exclusions: (test: string) => ['tests', 'exclusions', test] as const,
  controls: ['controls', 'list'] as const,
  control: (id: string) => ['controls', 'one', id] as const,
  frameworks: ['controls', 'frameworks'] as const,
  framework: (id: string) => ['controls', 'framework', id] as const,
  evidence: ['controls', 'evidence'] as const,
  oneEvidence: (id: string) => ['controls', 'evidence', id] as const,
  packs: ['packs', 'list'] as const,
  pack: (id: string) => ['packs', 'one', id] as const,
  packKey: ['packs', 'key'] as const,
  test: (id: string) => ['tests', 'one', id] as const,
  run: (id: string) => ['runs', 'one', id] as const,
  logs: (id: string, part: unknown = 'all') => ['runs', 'logs', id, part] as const,
  explanation: (connection: string) => ['connections', 'explanation', connection] as const,
  explanationOfRun: (id: string) => ['runs', 'explanation', id] as const,
  summary: (connection: string) => ['summary', connection] as const,
  summarySettings: ['summary', ''] as const,
  impact: (ref: string) => ['connections', 'impact', ref] as const,
  changes: (ref: string, run: string, limit: number) => ['runs', 'changes', ref, run, limit] as const,
  settings: ['settings'] as const,
  accountList: (page: string, query: object, at: number) => ['accounts', 'list', page, query, at] as const,
  account: (id: string, page: string) => ['accounts', 'one', id, page] as const,
  accountHistory: (id: string) => ['accounts', 'history', id] as const,
  suggestions: (query: object) => ['accounts', 'suggestions', query] as const,
  comparison: (page: string, from: string, to: string) => ['accounts', 'comparison', page, from, to] as const,
  peopleList: (query: object, at: number) => ['people', 'list', query, at] as const,
  person: (id: string) => ['people', 'one', id] as const,
  personSources: ['people', 'sources'] as const,
}

type Hint = Pick<HostEvent, 'topic' | 'id' | 'kind' | 'connection'>

/** Whether an event makes a cached answer old. Progress is of one run's own figures and touches nothing else. */
export function isStale(event: Hint, key: readonly unknown[], data: unknown): boolean {
  const [topic, part, of] = key
  if (topic === 'attention') return isAttention(event)
  if (topic === 'insights') return event.topic === 'connection' || (event.topic === 'run' && event.kind === 'finished')
  if (topic === 'tests' || topic === 'controls') return isJudgedAgain(event)
  if (topic === 'summary') return isSummary(event, part)
  if (topic === 'latest') return event.topic === 'run' && event.kind === 'finished'
  if (topic === 'audit') return event.topic !== 'run' && event.kind !== 'progress'
  switch (event.topic) {
    case 'run':
      if (topic === 'runs' && part !== 'list') return of === event.id
      if (event.kind === 'progress') return false
      // A list names the step that runs; the page of a connection has it from the run.
      if (event.kind === 'changed') return topic === 'connections' && part === 'list'
      if (topic === 'connections') return isAbout(event.connection, key, data)
      if (event.kind === 'started') return false
      if (topic === 'runs') return of === event.connection
      if (event.kind !== 'finished') return false
      return topic === 'record' || topic === 'history' || (topic === 'accounts' && part === 'list') || (topic === 'records' && isRead(event.connection, part))
    case 'connection':
      if (topic === 'connections') return isAbout(event.connection, key, data)
      if (topic === 'connectors') return event.kind === 'created' || event.kind === 'removed'
      return topic === 'status' || (['records', 'record', 'history'].includes(String(topic)) && event.kind === 'removed')
    case 'connector':
      return topic === 'connectors' || topic === 'connections' || topic === 'status'
    case 'account':
      return topic === 'accounts' || topic === 'people'
    case 'view':
      return topic === 'views'
    case 'assistant':
      return topic === 'assistants'
    case 'notification':
      return topic === 'notifications'
    case 'draft':
      return topic === 'drafts'
    case 'host':
      return topic === 'status' || topic === 'storage'
    case 'task':
      return topic === 'tasks' || topic === 'storage' || topic === 'backups' || (topic === 'packs' && part !== 'one')
    default:
      return false
  }
}

/** What needs a person follows from how runs end and from what people do. */
const isAttention = ({ topic, kind }: Hint) =>
  topic === 'run' ? kind === 'finished' : topic === 'connection' || topic === 'connector' || topic === 'host' || topic === 'task'

/** What tests find, and so what is known of controls, follows from what was read, from what people decide about accounts, and from the connections that there are. */
const isJudgedAgain = ({ topic, kind }: Hint) => (topic === 'run' ? kind === 'finished' : topic === 'account' || topic === 'test' || topic === 'connection')

/** A summary follows from its own news, from runs that end and from edits of the connection; the settings of all are under an empty id. */
function isSummary(event: Hint, connection: unknown) {
  if (event.topic === 'summary') return event.id === '' || event.id === connection
  return event.connection === connection && (event.topic === 'connection' || (event.topic === 'run' && event.kind === 'finished'))
}

/** Lists hold every connection; any other answer is of one, asked for by its id or its alias. */
function isAbout(connection: string | undefined, [, part, ref]: readonly unknown[], data: unknown): boolean {
  if (part === 'list' || ref === connection) return true
  return part === 'one' && (data === undefined || (data as { id?: string }).id === connection)
}

const isRead = (connection: string | undefined, scope: unknown) => {
  const { connection: only } = scope as { connection?: string }
  return only === undefined || only === connection
}
