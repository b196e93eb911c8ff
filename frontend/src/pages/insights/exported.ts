import type { Insights } from '@/api/insights'
import { csv } from '@/lib/csv'
import { saveText } from '@/lib/save'
import { t } from '@/words'
import { columns } from './figures'

/** The figures of every row as they stand on the page, with a head. */
export function rowsOf(answer: Insights): string[][] {
  const all = columns()
  return [
    [t(`insights.group.${answer.group}`), ...all.map((column) => column.title)],
    ...answer.rows.map((row) => [row.title || t('insights.noOwner'), ...all.map((column) => column.of(row))]),
    [t('insights.total'), ...all.map((column) => column.of(answer.total))],
  ]
}

/** Numbers as the agent gave them, for programs. */
export function csvOf(answer: Insights): string {
  const fields = [
    'runs', 'completed', 'partial', 'failed', 'inconclusive', 'cancelled', 'success', 'median_seconds', 'p95_seconds', 'repairs', 'repair_seconds',
    'late_runs', 'late_minutes',
  ] as const
  return csv([
    [answer.group, 'key', 'since', 'until', 'zone', ...fields],
    ...answer.rows.map((row) => [row.title, row.key, answer.since, answer.until, answer.zone, ...fields.map((field) => String(row[field] ?? ''))]),
  ])
}

export function markdownOf(answer: Insights): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  const table = ([head = [], ...rows]: string[][]) => [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
  const causes = answer.causes.map((cause) => [
    t(`insights.cause.${cause.group}`), String(cause.runs), cause.connections.map((one) => one.alias).join(', '), cause.inconclusive ? t('insights.yes') : t('insights.no'),
  ])
  return [
    `# ${t('insights.title')}`,
    t('insights.spanWords', { since: answer.since, until: answer.until, zone: answer.zone }),
    table(rowsOf(answer)),
    ...(causes.length > 0
      ? [`## ${t('insights.causes.title')}`, table([[t('insights.causes.cause'), t('insights.column.runs'), t('insights.causes.connections'), t('insights.column.inconclusive')], ...causes])]
      : []),
    '',
  ].join('\n\n')
}

const nameOf = (answer: Insights, ending: string) => `insights-${answer.since.slice(0, 10)}-${answer.until.slice(0, 10)}.${ending}`

export const saveCsv = (answer: Insights) => saveText(nameOf(answer, 'csv'), 'text/csv;charset=utf-8', [csvOf(answer)])
export const saveMarkdown = (answer: Insights) => saveText(nameOf(answer, 'md'), 'text/markdown;charset=utf-8', [markdownOf(answer)])
