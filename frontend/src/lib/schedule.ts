/** Schedules people pick most, as the cron expressions the host takes; anything else is custom. */
export const presets = [
  { id: 'hourly', title: 'Every hour', cron: '0 * * * *' },
  { id: 'six_hours', title: 'Every 6 hours', cron: '0 */6 * * *' },
  { id: 'daily', title: 'Every day at 06:00', cron: '0 6 * * *' },
  { id: 'weekly', title: 'Every Monday at 06:00', cron: '0 6 * * 1' },
  { id: 'manual', title: 'Only when asked', cron: '' },
] as const

export const defaultSchedule = '0 6 * * *'

/** The short names of cron for expressions. */
const nicknames: Record<string, string> = {
  '@hourly': '0 * * * *',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@weekly': '0 0 * * 0',
  '@monthly': '0 0 1 * *',
}

const written = (cron: string) => nicknames[cron.trim()] ?? cron.trim()

export const presetOf = (cron: string): string => presets.find((p) => p.cron === written(cron))?.id ?? 'custom'

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

/** A schedule in words, for the plain ones; undefined for those that are better read as they are written. */
export function scheduleWords(cron: string): string | undefined {
  const preset = presets.find((p) => p.cron === written(cron))
  if (preset) return preset.title
  const simple = /^(\d{1,2}) (\d{1,2}) (\*|1) \* (\*|[0-7])$/.exec(written(cron))
  if (!simple) return undefined
  const [, minute = '', hour = '', day, weekday = ''] = simple
  const at = `at ${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`
  if (day === '1') return weekday === '*' ? `On the 1st of every month ${at}` : undefined
  return `Every ${weekday === '*' ? 'day' : days[Number(weekday)]} ${at}`
}
