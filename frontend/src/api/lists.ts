/** The names under which the agent sends lists; Go writes an empty one as null. */
const lists = new Set([
  'items', 'steps', 'history', 'streams', 'categories', 'failing_steps', 'gaps', 'secrets', 'permissions',
  'capabilities', 'network', 'prerequisites', 'notes', 'probes', 'next', 'sample', 'sources', 'diff', 'notices', 'files',
])

/** Puts an empty list wherever a list came as null, so no screen has to ask. What a connector or a vendor wrote is left as it is. */
export function fillLists(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fillLists)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, v]) => {
      if (v === null && lists.has(key)) return [key, []]
      return [key, opaque.has(key) ? v : fillLists(v)]
    }),
  )
}

const opaque = new Set(['data', 'settings', 'config_schema', 'vendor', 'value', 'before', 'after'])
