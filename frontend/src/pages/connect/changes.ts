import type { ConnectionStatus } from '@/api/types'
import { scheduleWords } from '@/lib/schedule'
import { collect, initialValues, type Field, type Value, type Values } from '@/lib/schemaForm'
import { t } from '@/words'

/** One thing that a save changes, in the words of the form. */
export interface Change {
  path: string
  title: string
  before: string
  after: string
}

/** What of a connection a form holds. */
export interface Held {
  alias: string
  schedule: string
  owner: string
  values: Values
}

/** A connection as the form would show it. */
export const heldBy = (connection: ConnectionStatus, fields: readonly Field[]): Held => ({
  alias: connection.alias,
  schedule: connection.schedule,
  owner: connection.owner ?? '',
  values: initialValues(fields, connection.settings),
})

/** A schedule in words, never as cron expression where words exist. */
export const scheduleText = (schedule: string): string => scheduleWords(schedule) ?? schedule

/** What is different between two states of a form. A secret that was typed is different, and its value is not told. */
export function changesOf(fields: readonly Field[], before: Held, after: Held): Change[] {
  const own: Change[] = [
    { path: 'alias', title: t('connect.fields.alias'), before: before.alias, after: after.alias.trim() },
    { path: 'schedule', title: t('connect.fields.schedule'), before: scheduleText(before.schedule), after: scheduleText(after.schedule) },
    { path: 'owner', title: t('connect.fields.owner'), before: before.owner, after: after.owner.trim() },
  ]
  const sent = (held: Held) => collect(fields, held.values).settings
  const [was, is] = [sent(before), sent(after)]
  const settings = fields.flatMap((field): Change[] => {
    if (!field.path.startsWith('secrets.')) {
      if (JSON.stringify(was[field.name]) === JSON.stringify(is[field.name])) return []
      return [{ path: field.path, title: field.title, before: shown(field, before.values), after: shown(field, after.values) }]
    }
    if (!after.values[field.path]) return []
    return [{ path: field.path, title: field.title, before: t('connect.changes.secret_before'), after: t('connect.changes.secret_after') }]
  })
  return [...settings, ...own.filter((c) => c.before !== c.after)]
}

function shown(field: Field, values: Values): string {
  const value: Value = values[field.path] ?? ''
  if (typeof value === 'boolean') return value ? t('connect.changes.on') : t('connect.changes.off')
  return field.options.find((o) => o.value === value)?.title ?? value
}
