/** Schedules people pick most, as the cron expressions the host takes; anything else is custom. */
export const presets = [
  { id: 'hourly', title: 'Every hour', cron: '0 * * * *' },
  { id: 'six_hours', title: 'Every 6 hours', cron: '0 */6 * * *' },
  { id: 'daily', title: 'Every day at 06:00', cron: '0 6 * * *' },
  { id: 'weekly', title: 'Every Monday at 06:00', cron: '0 6 * * 1' },
  { id: 'manual', title: 'Only when asked', cron: '' },
] as const

export const defaultSchedule = '0 6 * * *'

export const presetOf = (cron: string): string => presets.find((p) => p.cron === cron.trim())?.id ?? 'custom'
