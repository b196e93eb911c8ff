const hour = 3_600_000

/** The periods that are offered, and how many hours each is long. */
export const periods = { day: 24, week: 7 * 24, month: 30 * 24, quarter: 90 * 24 } as const
export type Period = keyof typeof periods

export const isPeriod = (text: string): text is Period => text in periods

/** When a period that ends now began. It is taken to the whole hour, so that a list does not become another one each minute. */
export function beginOf(period: Period, now: number): string {
  return new Date(Math.floor((now - periods[period] * hour) / hour) * hour).toISOString().replace('.000Z', 'Z')
}
