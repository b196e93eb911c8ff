const grouped = new Intl.NumberFormat('en')

export const count = (n: number) => grouped.format(n)

/** "0 B", "1.2 kB", "15 MB". */
export function bytes(n: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = n < 1000 ? 0 : Math.min(Math.floor(Math.log10(n) / 3), units.length - 1)
  const scaled = n / 1000 ** power
  return `${power > 0 && scaled < 10 ? scaled.toFixed(1) : Math.round(scaled)} ${units[power] ?? ''}`
}

/** "1 record", "2,000 records". */
export const plural = (n: number, one: string, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`
