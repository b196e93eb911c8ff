const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)

/** A field as text; a missing one is a dash, because missing is not the same as "no". */
export function fieldText(data: unknown, key: string): string {
  const value = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[key] : undefined
  return valueText(value)
}

/** A value as one line: "yes", "a, b", "size=3, shape=round". */
export function valueText(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  if (isPlain(value)) return String(value)
  return itemsOf(value).join(', ') || '–'
}

/** The items of a list, or the pairs of a table, each as text. */
export function itemsOf(value: unknown): string[] {
  if (Array.isArray(value)) return value.map((item) => (isPlain(item) ? String(item) : JSON.stringify(item)))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).map(([name, v]) => `${name}=${isPlain(v) ? String(v) : JSON.stringify(v)}`)
}

/** Whether a record tells a value. "unknown" is what a kind writes where the system hid it. */
export const isTold = (value: unknown): boolean =>
  value !== undefined && value !== null && value !== '' && value !== 'unknown' && !(Array.isArray(value) && value.length === 0)
