/** The first of base, base-2, base-3 … that is not taken. */
export function uniqueAlias(base: string, taken: readonly string[]): string {
  const start = base.toLowerCase().replace(/[^a-z0-9._-]+/g, '-').replace(/^[^a-z0-9]+/, '') || 'connection'
  if (!taken.includes(start)) return start
  for (let n = 2; ; n++) {
    const candidate = `${start}-${n}`
    if (!taken.includes(candidate)) return candidate
  }
}
