import type { Insights } from '@/api/insights'
import { card, Section } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { NumberLink, td, th } from './cells'
import { Scroll } from './ChartFrame'
import { columns } from './figures'
import { runsPath } from './links'
import type { InsightsState } from './state'

interface Props {
  answer: Insights
  state: InsightsState
}

/** The figures of everything together, each a link to its runs. */
export function Totals({ answer, state }: Props) {
  return (
    <dl aria-label={t('insights.totals')} className="mt-4 grid grid-cols-2 gap-2 sm:grid-cols-4 lg:grid-cols-8">
      {columns()
        .filter((column) => column.id !== 'median')
        .map((column) => (
          <div key={column.id} className={`${card} px-3 py-2`} data-total={column.id}>
            <dt className="text-xs text-muted">{column.title}</dt>
            <dd className="text-lg font-semibold">
              <NumberLink
                text={column.of(answer.total)}
                none={isNone(column.of(answer.total))}
                to={runsPath(answer, state, column.runs)}
                label={t('insights.runsOf', { figure: `${column.title} ${column.of(answer.total)}`, row: t('insights.total') })}
              />
            </dd>
          </div>
        ))}
    </dl>
  )
}

const isNone = (text: string) => text === '0' || text === '–'

/** The figures of each row, the least reliable first. */
export function Reliability({ answer, state }: Props) {
  const all = columns()
  return (
    <Section title={t('insights.reliability')} aside={<p className="text-sm text-muted">{t('insights.leastFirst')}</p>}>
      <div className={card}>
        <Scroll label={t('insights.reliability')}>
          <table className="w-full text-sm">
            <thead className="border-b border-line">
              <tr>
                <th scope="col" className={`${th} sticky left-0 bg-panel`}>
                  {t(`insights.group.${answer.group}`)}
                </th>
                {all.map((column) => (
                  <th key={column.id} scope="col" className={`${th} text-right`}>
                    {column.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {answer.rows.map((row) => (
                <tr key={row.key} className="hover:bg-hover" data-row={row.title}>
                  <th scope="row" className={`${td} sticky left-0 max-w-48 truncate bg-panel font-medium`}>
                    <Text>{row.title || t('insights.noOwner')}</Text>
                  </th>
                  {all.map((column) => {
                    const text = column.of(row)
                    return (
                      <td key={column.id} className={`${td} text-right whitespace-nowrap`}>
                        <NumberLink
                          text={text}
                          none={isNone(text)}
                          to={runsPath(answer, state, { ...column.runs, row: row.key })}
                          label={t('insights.runsOf', { figure: `${column.title} ${text}`, row: row.title || t('insights.noOwner') })}
                        />
                      </td>
                    )
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </div>
    </Section>
  )
}
