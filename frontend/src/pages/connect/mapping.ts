import type { Choices } from '@/api/types'

/** One column of a table with the fields that it goes to. */
export interface MappedColumn {
  column: string
  samples: readonly string[]
  /** The fields that lines of the setting assign. */
  fields: string[]
  /** The field that the header itself names, where no line says otherwise. */
  byHeader: string
  suggested: string
}

export interface Mapping {
  columns: MappedColumn[]
  /** Lines of the setting whose column the table does not have. */
  stray: string[]
}

interface Line {
  column: string
  field: string
}

/** A line such as "Work e-mail = email", split at its last sign of equality. */
function lineOf(text: string): Line {
  const at = text.lastIndexOf('=')
  return { column: text.slice(0, Math.max(at, 0)).trim(), field: text.slice(at + 1).trim() }
}

export const linesOf = (value: string): string[] => value.split('\n').map((line) => line.trim()).filter(Boolean)

const written = ({ column, field }: Line) => `${column} = ${field}`

/** The lines of the setting over the columns that there are. */
export function mappingOf(choices: Choices, value: string): Mapping {
  const lines = linesOf(value).map(lineOf)
  const targets = new Set(choices.targets.map((t) => t.value))
  const taken = new Set(lines.map((l) => l.field))
  const columns = choices.items.map((item): MappedColumn => {
    const fields = lines.filter((l) => l.column === item.value).map((l) => l.field)
    const name = item.value.toLowerCase().replaceAll(' ', '_')
    const byHeader = fields.length === 0 && targets.has(name) && !taken.has(name) ? name : ''
    if (byHeader) taken.add(byHeader)
    return { column: item.value, samples: item.samples, fields, byHeader, suggested: item.suggested ?? '' }
  })
  for (const column of columns) if (column.fields.length > 0 || column.byHeader || taken.has(column.suggested)) column.suggested = ''
  const known = new Set(columns.map((c) => c.column))
  return { columns, stray: lines.filter((l) => !known.has(l.column)).map(written) }
}

/** The setting with a column assigned to fields, in the order of the columns; lines of other columns stay last. */
export function assign(choices: Choices, value: string, column: string, fields: readonly string[]): string {
  const lines = linesOf(value).map(lineOf).filter((l) => l.column !== column && !fields.includes(l.field))
  const all = [...lines, ...fields.filter(Boolean).map((field) => ({ column, field }))]
  const place = (l: Line) => {
    const at = choices.items.findIndex((item) => item.value === l.column)
    return at < 0 ? choices.items.length : at
  }
  return all.sort((a, b) => place(a) - place(b)).map(written).join('\n')
}

/** The setting with every suggestion taken that nothing else stands against. */
export const withSuggestions = (choices: Choices, value: string): string =>
  mappingOf(choices, value).columns.reduce((lines, c) => (c.suggested ? assign(choices, lines, c.column, [c.suggested]) : lines), value)

/** The setting without a line. */
export const withoutLine = (value: string, line: string): string => linesOf(value).filter((l) => written(lineOf(l)) !== line).join('\n')

/** The columns that go to fields, as a table of the first rows. */
export function previewOf(choices: Choices, mapping: Mapping): { titles: string[]; rows: string[][] } {
  const titles = new Map(choices.targets.map((t) => [t.value, t.title]))
  const shown = mapping.columns.flatMap((c) => [...c.fields, c.byHeader].filter(Boolean).map((field) => ({ title: titles.get(field) ?? field, samples: c.samples })))
  const length = Math.max(0, ...shown.map((s) => s.samples.length))
  return { titles: shown.map((s) => s.title), rows: Array.from({ length }, (_, row) => shown.map((s) => s.samples[row] ?? '')) }
}
