import type { Figures } from '@/api/insights'
import { duration } from '@/lib/time'
import { t } from '@/words'
import { counting, incomplete, type RunsOf } from './links'

/** A share in words: never 100 % when a run did not complete. */
export function percent(share: number): string {
  const tenths = share >= 1 ? 1000 : Math.min(999, Math.round(share * 1000))
  return `${(tenths / 10).toFixed(tenths % 10 === 0 ? 0 : 1)} %`
}

type Total = Omit<Figures, 'key' | 'title' | 'strip' | 'connections'>

/** A figure with its words and the runs that are behind it. */
export interface Column {
  id: string
  title: string
  of: (row: Total) => string
  runs: RunsOf
}

const day = 86_400

const seconds = (value: number | null) => (value === null ? '–' : value < 2 * day ? duration(value) : t('insights.days.long', { count: Math.round(value / day) }))

export const minutes = (value: number) => (value === 0 ? '0' : value < 10 ? value.toFixed(1) : String(Math.round(value)))

export const columns = (): Column[] => [
  { id: 'runs', title: t('insights.column.runs'), of: (row) => String(row.runs), runs: { outcome: counting } },
  { id: 'success', title: t('insights.column.success'), of: (row) => (row.success === null ? '–' : percent(row.success)), runs: { outcome: ['completed'] } },
  { id: 'partial', title: t('insights.column.partial'), of: (row) => String(row.partial), runs: { outcome: ['partial'] } },
  { id: 'failed', title: t('insights.column.failed'), of: (row) => String(row.failed), runs: { outcome: ['failed'] } },
  { id: 'inconclusive', title: t('insights.column.inconclusive'), of: (row) => String(row.inconclusive), runs: { outcome: ['inconclusive'] } },
  { id: 'median', title: t('insights.column.median'), of: (row) => seconds(row.median_seconds), runs: { outcome: ['completed'] } },
  { id: 'p95', title: t('insights.column.p95'), of: (row) => seconds(row.p95_seconds), runs: { outcome: ['completed'] } },
  { id: 'repair', title: t('insights.column.repair'), of: (row) => seconds(row.repair_seconds), runs: { outcome: incomplete } },
  { id: 'late', title: t('insights.column.late'), of: (row) => minutes(row.late_minutes), runs: { late: true } },
]
