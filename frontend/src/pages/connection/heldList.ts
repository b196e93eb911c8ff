import type { HeldRemoval } from '@/api/types'

type Held = HeldRemoval['sample'][number]

/** The records whose name or key has a text, in any case. */
export function matching(records: Held[], q: string): Held[] {
  const wanted = q.trim().toLowerCase()
  if (wanted === '') return records
  return records.filter((record) => record.name.toLowerCase().includes(wanted) || record.key.toLowerCase().includes(wanted))
}

/** A cell that a spreadsheet takes for text: what looks like a formula is quoted with an apostrophe. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

/** The whole list as a file for others to look at, with what it is of on top. */
export function heldCsv(alias: string, removal: HeldRemoval, records: Held[]): string {
  const rows = [
    ['connection', 'stream', 'first found', 'records'],
    [alias, removal.stream, removal.since, String(removal.removes)],
    [],
    ['name', 'key'],
    ...records.map((record) => [record.name, record.key]),
  ]
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('')
}
