export type Json = null | boolean | number | string | Json[] | { [name: string]: Json }

export interface JsonLine {
  /** JSON pointer (RFC 6901) of the value; '' for the whole document. */
  path: string
  name: string
  depth: number
  value: Json
  /** Members or elements that it holds; undefined for one that holds none. */
  holds?: number
}

const isGroup = (value: Json): value is Json[] | { [name: string]: Json } => typeof value === 'object' && value !== null

const membersOf = (value: Json[] | { [name: string]: Json }): [string, Json][] =>
  Array.isArray(value) ? value.map((v, i) => [String(i), v]) : Object.entries(value)

const step = (name: string) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`

/** The document line by line. Groups that are not open leave out what they hold. */
export function linesOf(document: Json, isOpen: (path: string) => boolean): JsonLine[] {
  const lines: JsonLine[] = []
  const walk = (name: string, value: Json, path: string, depth: number) => {
    const holds = isGroup(value) ? membersOf(value).length : undefined
    lines.push({ path, name, depth, value, ...(holds !== undefined && { holds }) })
    if (isGroup(value) && isOpen(path)) for (const [n, v] of membersOf(value)) walk(n, v, path + step(n), depth + 1)
  }
  if (!isGroup(document)) walk('', document, '', 0)
  else for (const [name, value] of membersOf(document)) walk(name, value, step(name), 0)
  return lines
}

/** The paths of values whose name or text holds the query in any case. */
export function found(document: Json, query: string): Set<string> {
  const needle = query.toLowerCase()
  const paths = new Set<string>()
  if (needle === '') return paths
  for (const { path, name, value, holds } of linesOf(document, () => true)) {
    if (name.toLowerCase().includes(needle) || (holds === undefined && String(value).toLowerCase().includes(needle))) paths.add(path)
  }
  return paths
}

/** Whether a group at path holds one of the paths. */
export function leadsTo(path: string, paths: ReadonlySet<string>): boolean {
  for (const one of paths) if (one.startsWith(`${path}/`)) return true
  return false
}
