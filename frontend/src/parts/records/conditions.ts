import type { Field } from '@/api/types'
import { sentence } from '@/lib/words'
import { t } from '@/words'

export interface Operator {
  sign: string
  title: string
  /** It takes no value. */
  alone?: boolean
}

const presence: Operator[] = [
  { sign: '!=', title: t('record.op.isKnown'), alone: true },
  { sign: '=', title: t('record.op.isUnknown'), alone: true },
]

/** The comparisons a field can be asked with, the likeliest first. */
export function operatorsOf(field: Field): Operator[] {
  switch (field.type) {
    case 'word':
      return [
        { sign: ':', title: t('record.op.is') },
        { sign: '!:', title: t('record.op.isNot') },
      ]
    case 'time':
      return [
        { sign: '<', title: t('record.op.isBefore') },
        { sign: '>', title: t('record.op.isAfter') },
        { sign: '=', title: t('record.op.isOn') },
        ...presence,
      ]
    case 'number':
      return [
        { sign: '<', title: t('record.op.isLess') },
        { sign: '>', title: t('record.op.isMore') },
        { sign: '=', title: t('record.op.is') },
        ...presence,
      ]
    default:
      return [
        { sign: ':', title: t('record.op.holds') },
        { sign: '!:', title: t('record.op.holdsNot') },
        { sign: '=', title: t('record.op.is') },
        { sign: '!=', title: t('record.op.isNot') },
        ...presence,
      ]
  }
}

/** Columns that a list has unless a person chose others. */
const usual = 6

/** The field that every list has a column of its own for. */
const apart = ['observed_at']

const keyField: Field = { name: 'key', type: 'text' }

/** The fields that can be columns. */
export const columnFields = (fields: Field[]): Field[] => fields.filter((f) => !apart.includes(f.name))

/** The columns a list of a kind shows: those chosen, else those that the host ranks first; and the one that is sorted by. */
export function columnsOf(fields: Field[], sort: string, chosen: readonly string[] = [], max = usual): Field[] {
  const picked = chosen.map((name) => fields.find((f) => f.name === name)).filter((f) => f !== undefined)
  const first = ranked(fields).slice(0, max)
  // A kind without a name is told apart by its key.
  const shown = picked.length > 0 ? picked : first.length > 0 ? first : [keyField]
  const sorted = columnFields(fields).find((f) => f.name === sort.replace(/^-/, ''))
  if (!sorted || shown.includes(sorted)) return shown
  return picked.length > 0 || shown.length < max ? [...shown, sorted] : [...shown.slice(0, -1), sorted]
}

const ranked = (fields: Field[]) => fields.filter((f) => f.rank).sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))

const signs = ['!:', '!=', '<=', '>=', ':', '=', '<', '>']

/** A condition in words: "MFA is no". */
export function inWords(condition: string, fields: Field[]): string {
  const at = condition.search(/[!:=<>]/)
  const sign = at > 0 ? signs.find((s) => condition.startsWith(s, at)) : undefined
  if (!sign) return condition
  const name = condition.slice(0, at)
  const value = condition.slice(at + sign.length)
  const field = fields.find((f) => f.name === name)
  const operator = field && operatorsOf(field).find((o) => o.sign === sign && (o.alone ?? false) === (value === ''))
  if (!operator) return condition
  return [fieldTitle(name), operator.title, value.replaceAll(',', ` ${t('record.or')} `)].filter(Boolean).join(' ')
}

const titles: Record<string, string> = { mfa: 'MFA', external_id: 'Id', os_name: 'OS', os_version: 'OS version', last_login_at: 'Last sign-in' }

/** A field's name for people: "last_boot_at" is "Last boot". */
export const fieldTitle = (name: string) => titles[name] ?? sentence(name.replace(/_at$/, ''))
