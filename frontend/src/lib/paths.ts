const reserved = new Set(['available', 'new', 'disconnected'])

/** Where a connection lives. Its alias reads well, but one that is also a route has to go by id. */
export function connectionPath(connection: { id: string; alias: string }): string {
  return `/connections/${encodeURIComponent(reserved.has(connection.alias) ? connection.id : connection.alias)}`
}

/** Where a run is shown with its log. */
export const runPath = (id: string) => `/runs/${encodeURIComponent(id)}`
