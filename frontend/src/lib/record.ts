const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)

/** A field as text; a missing one is a dash, because missing is not the same as "no". */
export function fieldText(data: unknown, key: string): string {
  const value = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[key] : undefined
  if (value === undefined || value === null || value === '') return '–'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return isPlain(value) ? String(value) : '…'
}
