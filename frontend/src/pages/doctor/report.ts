import type { Finding } from '@/api/types'
import { visible } from '@/lib/visible'
import { t } from '@/words'

/** One cell of a table: a pipe or a line end would break it. */
const cell = (text: string) => visible(text).replaceAll('|', '\\|').replaceAll('\n', ' ')

/** The report as a Markdown table, for a ticket. */
export function markdownOf(findings: Finding[]): string {
  const rows = findings.map(({ status, title, message, fix }) => `| ${t(`doctor.status.${status}`)} | ${cell(title)} | ${cell(message)} | ${cell(fix)} |`)
  return [`| ${t('doctor.columns.status')} | ${t('doctor.columns.what')} | ${t('doctor.columns.found')} | ${t('doctor.columns.fix')} |`, '| --- | --- | --- | --- |', ...rows, ''].join('\n')
}
