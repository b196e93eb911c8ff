import { connectionPath } from '@/lib/paths'

/** One record of a stream, in the list of the connection's data. */
export function recordPath(connection: { id: string; alias: string }, stream: string, key: string): string {
  return `${connectionPath(connection)}/data?${new URLSearchParams({ stream, q: key }).toString()}`
}
