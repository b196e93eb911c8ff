import type { Entry } from '@/api/types'
import { visible } from '@/lib/visible'
import { actorWords, sentence } from '@/lib/words'
import { t } from '@/words'

export interface FieldChange {
  field: string
  before: string
  after: string
}

type Json = Record<string, unknown>
const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** The fields that every edit changes, and say nothing. */
const counters = new Set(['revision', 'updated_at', 'created_at', 'id'])

/** A document as fields, those of a field with fields each by itself. Secrets are there with their age, never with their value. */
function fieldsOf(document: unknown): Map<string, unknown> {
  const fields = new Map<string, unknown>()
  if (!isObject(document)) return fields
  for (const [name, value] of Object.entries(document)) {
    if (counters.has(name)) continue
    if (isObject(value)) for (const [key, one] of Object.entries(value)) fields.set(`${name}.${key}`, one)
    else if (name === 'secrets' && Array.isArray(value)) for (const one of value as { name: string; set_at: string }[]) fields.set(`secrets.${one.name}`, one.set_at)
    else fields.set(name, value)
  }
  return fields
}

const most = 300

/** A value as a person reads it; '' for one that is not there. */
function said(value: unknown): string {
  if (value === undefined || value === null || value === '') return ''
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > most ? `${text.slice(0, most)}…` : text
}

/** What an edit changed, by field. A new or a deleted document has none. */
export function changesOf({ before, document, collection }: Pick<Entry, 'before' | 'document'> & { collection?: string }): FieldChange[] {
  if (collection === 'assistant_call') return [] // each is a call of its own
  const old = fieldsOf(before)
  const now = fieldsOf(document)
  if (old.size === 0 || now.size === 0) return []
  const names = [...new Set([...old.keys(), ...now.keys()])].sort()
  return names.flatMap((field) => {
    const change = { field, before: said(old.get(field)), after: said(now.get(field)) }
    return change.before === change.after ? [] : [change]
  })
}

const nouns = [
  'connection',
  'hold',
  'decision',
  'trust',
  'consent',
  'backup',
  'summary',
  'summary_feedback',
  'summary_settings',
  'view',
  'workspace',
  'assistant',
  'assistant_call',
  'notification_channel',
  'notification_rules',
  'test_setting',
  'test_exclusion',
  'custom_test',
  'custom_test_version'
] as const
type Noun = (typeof nouns)[number]

export const knownNouns: readonly string[] = nouns

export const nounWord = (collection: string): string =>
  (nouns as readonly string[]).includes(collection) ? t(`activity.nouns.${collection as Noun}`) : sentence(collection).toLowerCase()

/** An entry as a sentence: "anna (browser) paused the connection hr." */
export function sentenceOf(entry: Entry): string {
  const who = visible(actorWords(entry.actor))
  const first = entry.actor.kind === 'person' ? who : who.charAt(0).toUpperCase() + who.slice(1)
  return t(`activity.did.${verbOf(entry)}`, { who: first, noun: nounWord(entry.collection), what: visible(entry.title || entry.key) })
}

function verbOf({ collection, action, before, document }: Entry) {
  if (collection === 'connection' && action === 'changed' && isObject(before) && isObject(document)) {
    if (!before.paused && document.paused) return 'paused'
    if (before.paused && !document.paused) return 'resumed'
  }
  if (collection === 'assistant_call') return isObject(document) && document.outcome === 'refused' ? 'refused' : 'asked'
  if (collection === 'backup' && action !== 'deleted') return 'backedUp'
  if (collection === 'trust') return action === 'deleted' ? 'untrusted' : 'trusted'
  if (collection === 'consent' && action !== 'deleted') return 'consented'
  if (collection === 'decision' && action !== 'deleted') return 'decided'
  return action
}

/** Where what an entry is about is looked at, if there is such a place. */
export function placeOf({ collection, title, key, action }: Entry): string | undefined {
  switch (collection) {
    case 'connection':
      return action === 'deleted' ? undefined : `/connections/${encodeURIComponent(title || key)}`
    case 'backup':
      return '/backup'
    case 'assistant':
    case 'assistant_call':
      return '/settings'
    case 'trust':
    case 'consent':
      return `/connections/available?q=${encodeURIComponent(key)}`
    default:
      return undefined
  }
}
