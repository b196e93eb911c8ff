export type FieldKind = 'text' | 'url' | 'file' | 'secret' | 'secret_lines' | 'multiline' | 'integer' | 'number' | 'boolean' | 'enum' | 'list'

export interface Field {
  /** As the host names it in field errors: settings.base_dn, secrets.api_key. */
  path: string
  name: string
  kind: FieldKind
  title: string
  description: string
  required: boolean
  initial: Value
  placeholder: string
  options: { value: string; title: string }[]
  min: number | undefined
  max: number | undefined
  group: string
  guideStep: string
  /** The connector can say what there is to choose. */
  offered: boolean
}

/** The group of what most people leave alone. */
export const advanced = 'Advanced'

export type Value = string | boolean
export type Values = Record<string, Value>

export interface Payload {
  settings: Record<string, unknown>
  secrets: Record<string, string>
}

type Json = Record<string, unknown>

const isObject = (v: unknown): v is Json => typeof v === 'object' && v !== null && !Array.isArray(v)
const text = (v: unknown): string => (typeof v === 'string' ? v : '')
const numeric = (v: unknown): number | undefined => (typeof v === 'number' ? v : undefined)
const listed = (v: unknown): unknown[] => (Array.isArray(v) ? v : [])

/** The fields of a connector's config schema in the order they are asked. */
export function fieldsOf(schema: unknown): Field[] {
  if (!isObject(schema) || !isObject(schema.properties)) return []
  const required = listed(schema.required)
  const ordered = Object.entries(schema.properties)
    .filter((entry): entry is [string, Json] => isObject(entry[1]))
    .map(([name, property], index) => ({ name, property, order: numeric(property['x-order']) ?? 1_000 + index }))
    .sort((a, b) => a.order - b.order)
  return gathered(ordered.map(({ name, property }) => fieldOf(name, property, required.includes(name))))
}

/** Fields of one group stand together, at the place of the group's first field. */
function gathered(fields: Field[]): Field[] {
  const groups = [...new Set(fields.map((f) => f.group))]
  return groups.flatMap((group) => fields.filter((f) => f.group === group))
}

function fieldOf(name: string, p: Json, required: boolean): Field {
  const kind = kindOf(p)
  const secret = p.writeOnly === true
  return {
    path: `${secret ? 'secrets' : 'settings'}.${name}`,
    name,
    kind,
    title: text(p.title) || name,
    description: text(p.description),
    required: required && kind !== 'boolean',
    initial: asValue(kind, p.default),
    placeholder: text(p['x-placeholder']) || exampleOf(p),
    options: optionsOf(p),
    min: numeric(p.minimum),
    max: numeric(p.maximum),
    group: text(p['x-group']) || (p['x-advanced'] === true ? advanced : ''),
    guideStep: text(p['x-guide-step']),
    offered: p['x-choices'] === true,
  }
}

/** An example of a list is a list itself, shown as it would be typed. */
function exampleOf(p: Json): string {
  const [first] = listed(p.examples)
  return Array.isArray(first) ? first.map(String).join('\n') : text(first)
}

function kindOf(p: Json): FieldKind {
  const type = Array.isArray(p.type) ? p.type.find((t) => t !== 'null') : p.type
  if (p.writeOnly === true) return p['x-multiline'] === true ? 'secret_lines' : 'secret'
  if (optionsOf(p).length > 0) return 'enum'
  if (type === 'boolean' || type === 'integer' || type === 'number') return type
  if (type === 'array') return 'list'
  if (p['x-multiline'] === true) return 'multiline'
  if (p.format === 'uri' || p.format === 'url') return 'url'
  return /^(file-?)?path$|^file$/.test(text(p.format)) ? 'file' : 'text'
}

function optionsOf(p: Json): Field['options'] {
  const named = listed(p.oneOf).filter((o): o is Json => isObject(o) && 'const' in o)
  if (named.length > 0) return named.map((o) => ({ value: String(o.const), title: text(o.title) || String(o.const) }))
  const titles = isObject(p['x-enum-titles']) ? p['x-enum-titles'] : {}
  return listed(p.enum).map((v) => ({ value: String(v), title: text(titles[String(v)]) || String(v) }))
}

function asValue(kind: FieldKind, stored: unknown): Value {
  if (kind === 'boolean') return stored === true
  if (kind === 'list') return listed(stored).map(String).join('\n')
  if (kind === 'secret' || kind === 'secret_lines') return ''
  return stored === undefined || stored === null ? '' : String(stored)
}

/** What the form shows first: the stored settings, and the connector's defaults, which hold for what is not stored. */
export function initialValues(fields: readonly Field[], settings?: unknown): Values {
  const stored: Json = isObject(settings) ? settings : {}
  return Object.fromEntries(fields.map((f) => [f.path, f.name in stored ? asValue(f.kind, stored[f.name]) : f.initial]))
}

/**
 * What the form sends. An optional field left empty is left out, so the
 * connector's default holds; settings the form does not draw pass through.
 */
export function collect(fields: readonly Field[], values: Values, settings?: unknown): Payload {
  const payload: Payload = { settings: isObject(settings) ? { ...settings } : {}, secrets: {} }
  for (const field of fields) {
    const value = sendable(field, values[field.path])
    if (field.path.startsWith('secrets.')) {
      if (typeof value === 'string') payload.secrets[field.name] = value
    } else if (value === undefined) {
      Reflect.deleteProperty(payload.settings, field.name)
    } else {
      payload.settings[field.name] = value
    }
  }
  return payload
}

function sendable(field: Field, value: Value | undefined): unknown {
  if (typeof value === 'boolean') return value
  const raw = value ?? ''
  if (field.kind === 'list') {
    const lines = raw.split('\n').map((line) => line.trim()).filter(Boolean)
    return lines.length > 0 ? lines : undefined
  }
  if (field.kind === 'secret' || field.kind === 'secret_lines' || field.kind === 'multiline') return raw === '' ? undefined : raw
  const trimmed = raw.trim()
  if (trimmed === '') return undefined
  if (field.kind !== 'integer' && field.kind !== 'number') return trimmed
  const n = Number(trimmed)
  return Number.isNaN(n) ? trimmed : n
}

/** What can be said before asking the host: something required is missing, or a number is none. */
export function validate(fields: readonly Field[], values: Values, storedSecrets: readonly string[] = []): Record<string, string> {
  const errors: Record<string, string> = {}
  for (const field of fields) {
    const message = complaint(field, sendable(field, values[field.path]), storedSecrets)
    if (message) errors[field.path] = message
  }
  return errors
}

function complaint(field: Field, value: unknown, storedSecrets: readonly string[]): string {
  if (value === undefined) {
    const kept = field.path.startsWith('secrets.') && storedSecrets.includes(field.name)
    return field.required && !kept ? `${field.title} must be filled in.` : ''
  }
  if (field.kind !== 'integer' && field.kind !== 'number') return ''
  if (typeof value !== 'number') return `${field.title} must be a number.`
  if (field.kind === 'integer' && !Number.isInteger(value)) return `${field.title} must be a whole number.`
  if (field.min !== undefined && value < field.min) return `${field.title} must be ${field.min} or more.`
  if (field.max !== undefined && value > field.max) return `${field.title} must be ${field.max} or less.`
  return ''
}

/** The field an error path belongs to: settings.bases[2] or settings.bases.2 land on settings.bases. */
export function ownerOf(path: string, known: readonly string[]): string | undefined {
  const exact = known.find((k) => k === path)
  return exact ?? known.find((k) => path.startsWith(`${k}.`) || path.startsWith(`${k}[`) || path.startsWith(`${k}/`))
}
