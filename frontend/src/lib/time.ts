const units: [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

const relative = new Intl.RelativeTimeFormat('en', { numeric: 'always', style: 'short' })
const dayMonth = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })
const dayMonthYear = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })
const full = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'long' })
const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', second: '2-digit' })
const minuteClock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const offsets = new Intl.DateTimeFormat('en', { timeZoneName: 'shortOffset' })
const weekdayClock = new Intl.DateTimeFormat('en-GB', {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
})

/** How far iso is from now, in words: "5 min. ago", "in 2 hr.", "just now", or a date when over 30 days away. */
export function relativeTime(iso: string, now: number): string {
  const seconds = Math.round((Date.parse(iso) - now) / 1000)
  if (Number.isNaN(seconds)) return ''
  const distance = Math.abs(seconds)
  // The page's clock may be 15 s behind the host's.
  if (distance < 45) return seconds > 15 ? 'in a moment' : 'just now'
  if (distance > 30 * 86_400) return dateOnly(iso, now)
  for (const [unit, size] of units) {
    if (distance >= size) return shorten(relative.format(Math.sign(seconds) * Math.round(distance / size), unit))
  }
  return seconds > 0 ? 'in 1 min' : '1 min ago'
}

const shorten = (text: string) => text.replace('.', '')

/** The day, with its year only when that is not the current one. */
export function dateOnly(iso: string, now: number): string {
  const date = new Date(iso)
  const sameYear = date.getFullYear() === new Date(now).getFullYear()
  return (sameYear ? dayMonth : dayMonthYear).format(date)
}

/** The moment with its zone, for a sentence about the past: "29 Nov 2026 09:08 (UTC+1)". */
export function zonedTime(iso: string): string {
  const at = new Date(iso)
  return `${dayMonthYear.format(at)} ${minuteClock.format(at)} (${zoneOf(at)})`
}

/** A day with the zone that it is a day of: "30 Jun 2026 (UTC+1)". */
export const dayWords = (at: Date) => `${dayMonthYear.format(at)} (${zoneOf(at)})`

/** The reader's time zone by name, with its distance from UTC then: "Europe/Oslo, UTC+1". */
export function zoneWords(at: Date): string {
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone
  const offset = zoneOf(at)
  return !name || name === offset ? offset : `${name.replaceAll('_', ' ')}, ${offset}`
}

/** The reader's distance from UTC at that moment: "UTC+1". */
function zoneOf(at: Date): string {
  const offset = offsets.formatToParts(at).find((part) => part.type === 'timeZoneName')?.value ?? 'UTC'
  return offset.replace(/^GMT(\+0)?$/, 'UTC').replace('GMT', 'UTC')
}

/** Since when, as short as it can be: "09:08" today, else the day. */
export function sinceWords(iso: string, now: number): string {
  const at = new Date(iso)
  return at.toDateString() === new Date(now).toDateString() ? minuteClock.format(at) : dateOnly(iso, now)
}

export const fullTime = (iso: string) => full.format(new Date(iso))
export const clockTime = (iso: string) => clock.format(new Date(iso))
export const weekdayTime = (iso: string) => weekdayClock.format(new Date(iso))

/** A length of time: "< 0.1 s", "0.4 s", "12 s", "3 min 05 s", "2 h 10 min". */
export function duration(seconds: number): string {
  if (seconds < 0.05) return '< 0.1 s'
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`
  return `${Math.floor(whole / 3_600)} h ${pad(Math.floor((whole % 3_600) / 60))} min`
}

const pad = (n: number) => String(n).padStart(2, '0')

/** Seconds from start to end; to now while it has no end; null before it began. */
export function elapsed(start: string | null, end: string | null, now: number): number | null {
  if (!start) return null
  return Math.max(0, ((end ? Date.parse(end) : now) - Date.parse(start)) / 1000)
}

/** A day as a source wrote it, which is of no time zone: "30 Jun 2026". What is no day stays as it is. */
export function zonedDay(text: string): string {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})/.exec(text) ?? []
  if (!year) return text
  return dayMonthYear.format(new Date(Number(year), Number(month) - 1, Number(day)))
}
