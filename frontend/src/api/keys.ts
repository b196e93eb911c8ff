import type { ConnectionFilter, RecordQuery, RecordScope } from './endpoints'
import type { HostEvent } from './types'

export const keys = {
  status: ['status'] as const,
  categories: ['categories'] as const,
  connectors: ['connectors'] as const,
  connector: (id: string) => ['connectors', id] as const,
  connections: ['connections'] as const,
  connectionList: (filter: ConnectionFilter) => ['connections', 'list', filter] as const,
  connection: (ref: string) => ['connections', 'one', ref] as const,
  held: (ref: string, stream: string, id: string) => ['connections', 'held', ref, stream, id] as const,
  recordList: (scope: RecordScope, query: RecordQuery) => ['records', scope, query] as const,
  fields: (kind: string) => ['fields', kind] as const,
  runs: ['runs'] as const,
  runList: (connection: string) => ['runs', 'list', connection] as const,
  run: (id: string) => ['runs', 'one', id] as const,
  logs: (id: string) => ['runs', 'logs', id] as const,
}

/** Which cached answers an event makes old. */
export function staleKeys(event: Pick<HostEvent, 'topic' | 'id'>): (readonly string[])[] {
  switch (event.topic) {
    case 'connection':
      return [keys.connections, keys.connectors, keys.status]
    case 'run':
      return [keys.connections, ['runs', 'list'], keys.run(event.id), keys.logs(event.id), ['records'], keys.status]
    case 'connector':
      return [keys.connectors, keys.connections, keys.status]
    case 'host':
      return [keys.status]
    default:
      return []
  }
}
