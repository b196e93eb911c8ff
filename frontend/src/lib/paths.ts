const reserved = new Set(['available', 'new', 'disconnected'])

/** Where a connection lives. Its alias reads well, but one that is also a route has to go by id. */
export function connectionPath(connection: { id: string; alias: string }): string {
  return `/connections/${encodeURIComponent(reserved.has(connection.alias) ? connection.id : connection.alias)}`
}

/** Where a run is shown with its log. */
export const runPath = (id: string) => `/runs/${encodeURIComponent(id)}`
/** A text as a part of an address. A half of a character, which no address can hold, becomes the sign for a broken one. */
const part = (text: string) => encodeURIComponent(text.toWellFormed())

/** Where a record has its page. on is the moment it is shown as of, '' for now. */
export function recordPath(ref: { connection: string; stream: string; key: string }, on = ''): string {
  const path = `/connections/${part(ref.connection)}/records/${part(ref.stream)}/${part(ref.key)}`
  return on ? `${path}?${new URLSearchParams({ on }).toString()}` : path
}

/** The record that an undecoded path names. */
export function recordOf(path: string): { connection: string; stream: string; key: string } | undefined {
  const [, connection, stream, key] = /^\/connections\/([^/]+)\/records\/([^/]+)\/([^/]*)\/?$/.exec(path) ?? []
  if (connection === undefined || stream === undefined || key === undefined) return undefined
  try {
    return { connection: decodeURIComponent(connection), stream: decodeURIComponent(stream), key: decodeURIComponent(key) }
  } catch {
    return undefined
  }
}

/** A record in a parameter of an address, with the moment it is shown as of. */
export const peekOf = (ref: { connection: string; stream: string; key: string }, at = '') =>
  [ref.connection, ref.stream, ref.key, ...(at ? [at] : [])].map(part).join('/')

export function peeked(text: string): { connection: string; stream: string; key: string; at: string } | undefined {
  try {
    const [connection, stream, key, at = ''] = text.split('/').map(decodeURIComponent)
    return connection && stream && key !== undefined ? { connection, stream, key, at } : undefined
  } catch {
    return undefined
  }
}

/** The changes of a run, a connection or a stream. */
export function changesPath(of: { run?: string; connection?: string; stream?: string; change?: string; since?: string; until?: string }): string {
  const query = new URLSearchParams(Object.entries(of).filter((entry): entry is [string, string] => Boolean(entry[1]))).toString()
  return query ? `/changes?${query}` : '/changes'
}
