/** Rows as CSV. A value that a spreadsheet would take for a formula gets an apostrophe in front. */
export const csv = (rows: readonly (readonly string[])[]): string => rows.map((row) => row.map(cell).join(',') + '\r\n').join('')

function cell(value: string): string {
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
