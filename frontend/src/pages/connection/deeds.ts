import type { AuditEntry } from '@/api/types'

/** One thing that an entry of the audit log says was done to a connection. */
export interface Deed {
  what:
    | 'created'
    | 'deleted'
    | 'disconnected'
    | 'reconnected'
    | 'paused'
    | 'resumed'
    | 'secretSet'
    | 'secretDropped'
    | 'setting'
    | 'field'
    | 'other'
  name?: string
  before?: string
  after?: string
}

type Json = Record<string, unknown>
const isObject = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v)
const asText = (v: unknown): string => (v === undefined || v === null ? '' : typeof v === 'string' ? v : JSON.stringify(v))

/** Fields that each edit changes, or that are said in another way. */
const said = new Set(['revision', 'updated_at', 'secrets', 'settings', 'paused', 'disconnection', 'created_at', 'id'])

/** What an entry did, from the document before and after it. */
export function deedsOf(entry: AuditEntry): Deed[] {
  if (entry.action === 'created') return [{ what: 'created' }]
  if (entry.action === 'deleted') return [{ what: 'deleted' }]
  const before = isObject(entry.before) ? entry.before : {}
  const after = isObject(entry.document) ? entry.document : {}
  const deeds = [...stateDeeds(before, after), ...secretDeeds(before, after), ...settingDeeds(before, after)]
  const disconnects = deeds.some((deed) => deed.what === 'disconnected' || deed.what === 'reconnected')
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (said.has(name) || (disconnects && name === 'schedule') || asText(before[name]) === asText(after[name])) continue
    deeds.push({ what: 'field', name, before: asText(before[name]), after: asText(after[name]) })
  }
  return deeds.length > 0 ? deeds : [{ what: 'other' }]
}

function stateDeeds(before: Json, after: Json): Deed[] {
  const deeds: Deed[] = []
  if (!before.disconnection && after.disconnection) deeds.push({ what: 'disconnected' })
  if (before.disconnection && !after.disconnection) deeds.push({ what: 'reconnected' })
  if (!before.paused && after.paused) deeds.push({ what: 'paused' })
  if (before.paused && !after.paused && !after.disconnection) deeds.push({ what: 'resumed' })
  return deeds
}

const secretsOf = (document: Json) =>
  new Map((Array.isArray(document.secrets) ? document.secrets : []).filter(isObject).map((secret) => [asText(secret.name), asText(secret.set_at)]))

function secretDeeds(before: Json, after: Json): Deed[] {
  const [old, now] = [secretsOf(before), secretsOf(after)]
  const set = [...now].filter(([name, at]) => old.get(name) !== at).map(([name]): Deed => ({ what: 'secretSet', name }))
  const dropped = [...old.keys()].filter((name) => !now.has(name)).map((name): Deed => ({ what: 'secretDropped', name }))
  return [...set, ...dropped]
}

function settingDeeds(before: Json, after: Json): Deed[] {
  const [old, now] = [isObject(before.settings) ? before.settings : {}, isObject(after.settings) ? after.settings : {}]
  return [...new Set([...Object.keys(old), ...Object.keys(now)])]
    .filter((name) => asText(old[name]) !== asText(now[name]))
    .map((name) => ({ what: 'setting', name, before: asText(old[name]), after: asText(now[name]) }))
}
