import type { Field } from '@/api/types'
import { sentence } from '@/lib/words'

export interface Operator {
  sign: string
  title: string
  /** It takes no value. */
  alone?: boolean
}

const presence: Operator[] = [
  { sign: '!=', title: 'is known', alone: true },
  { sign: '=', title: 'is not known', alone: true },
]

/** The comparisons a field can be asked with, the likeliest first. */
export function operatorsOf(field: Field): Operator[] {
  switch (field.type) {
    case 'word':
      return [
        { sign: ':', title: 'is' },
        { sign: '!:', title: 'is not' },
      ]
    case 'time':
      return [
        { sign: '<', title: 'is before' },
        { sign: '>', title: 'is after' },
        { sign: '=', title: 'is on' },
        ...presence,
      ]
    case 'number':
      return [
        { sign: '<', title: 'is less than' },
        { sign: '>', title: 'is more than' },
        { sign: '=', title: 'is' },
        ...presence,
      ]
    default:
      return [
        { sign: ':', title: 'holds' },
        { sign: '!:', title: 'does not hold' },
        { sign: '=', title: 'is' },
        { sign: '!=', title: 'is not' },
        ...presence,
      ]
  }
}

/** The columns a list of a kind shows: those that the host ranks first, and the one that is sorted by. */
export function columnsOf(fields: Field[], sort: string, max = 6): Field[] {
  const shown = fields
    .filter((f) => f.rank)
    .sort((a, b) => (a.rank ?? 0) - (b.rank ?? 0))
    .slice(0, max)
  const sorted = fields.find((f) => f.name === sort.replace(/^-/, ''))
  const apart = ['key', 'observed_at']
  if (sorted && !apart.includes(sorted.name) && !shown.includes(sorted)) shown[max - 1] = sorted
  return shown
}

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
  return [fieldTitle(name), operator.title, value.replaceAll(',', ' or ')].filter(Boolean).join(' ')
}

const titles: Record<string, string> = { mfa: 'MFA', external_id: 'Id', os_name: 'OS', os_version: 'OS version', last_login_at: 'Last sign-in' }

/** A field's name for people: "last_boot_at" is "Last boot". */
export const fieldTitle = (name: string) => titles[name] ?? sentence(name.replace(/_at$/, ''))
