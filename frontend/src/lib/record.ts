const preferred = [
  'name', 'display_name', 'full_name', 'hostname', 'title', 'email', 'username', 'status', 'active', 'admin',
  'mfa', 'role', 'os', 'platform', 'os_version', 'serial', 'serial_number', 'disk_encrypted', 'department', 'type', 'url',
]

const isPlain = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)

/** Up to max fields that at least one record fills, the ones a reader looks for first. */
export function mainFields(records: readonly { data: unknown }[], max = 4): string[] {
  const filled = new Set<string>()
  for (const { data } of records) {
    if (typeof data !== 'object' || data === null) continue
    for (const [key, value] of Object.entries(data)) if (isPlain(value) && value !== '') filled.add(key)
  }
  return preferred.filter((key) => filled.has(key)).slice(0, max)
}

/** A field as text; a missing one is a dash, because missing is not the same as "no". */
export function fieldText(data: unknown, key: string): string {
  const value = typeof data === 'object' && data !== null ? (data as Record<string, unknown>)[key] : undefined
  if (value === undefined || value === null || value === '') return '–'
  if (typeof value === 'boolean') return value ? 'yes' : 'no'
  return isPlain(value) ? String(value) : '…'
}
