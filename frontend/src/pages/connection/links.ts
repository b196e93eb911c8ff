import { connectionPath } from '@/lib/paths'

interface Narrowed {
  connection: string
  run?: string
  stream?: string
  change?: string
}

/** The list of changes, narrowed to what is asked about. */
export function changesPath(query: Narrowed): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value) params.set(name, String(value))
  return `/changes?${params.toString()}`
}

/** One record of a stream, in the list of the connection's data. */
export function recordPath(connection: { id: string; alias: string }, stream: string, key: string): string {
  return `${connectionPath(connection)}/data?${new URLSearchParams({ stream, q: key }).toString()}`
}
