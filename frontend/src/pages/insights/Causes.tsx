import { Link, useLocation } from 'wouter'
import type { CauseFigures, Insights } from '@/api/insights'
import { connectionPath } from '@/lib/paths'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { NumberLink, td, th } from './cells'
import { ChartFrame, useFills } from './ChartFrame'
import { runsPath } from './links'
import type { InsightsState } from './state'
import { useWidth } from './useWidth'

interface Props {
  answer: Insights
  state: InsightsState
}

/** What kept runs from completing. What says nothing about the company's systems stands apart and below. */
export function Causes({ answer, state }: Props) {
  if (answer.causes.length === 0) return null
  return (
    <ChartFrame
      title={t('insights.causes.title')}
      name="causes"
      about={t('insights.causes.about')}
      chart={<Bars answer={answer} state={state} />}
      table={<Table answer={answer} state={state} />}
    />
  )
}

const tall = 44

const reachWords = (cause: CauseFigures) =>
  [
    t('insights.causes.inConnections', { count: cause.connections.length }),
    ...(cause.lists.length > 0 ? [t('insights.causes.ofRecords', { count: cause.lists.reduce((sum, list) => sum + list.records, 0) })] : []),
    ...(cause.people ? [t('insights.causes.ofPeople', { count: cause.people })] : []),
  ].join(' · ')

function Bars({ answer, state }: Props) {
  const [box, width] = useWidth(640)
  const { defs, fill } = useFills()
  const [, navigate] = useLocation()
  const most = Math.max(1, ...answer.causes.map((cause) => cause.runs))
  const all = answer.causes.map((cause) => `${t(`insights.cause.${cause.group}`)} ${cause.runs}`).join(', ')
  return (
    <div ref={box}>
      <svg role="img" data-chart="" width={width} height={answer.causes.length * tall} className="block" aria-label={t('insights.causes.label', { all })}>
        {defs}
        {answer.causes.map((cause, i) => (
          <g key={cause.group} style={{ cursor: 'pointer' }} onClick={() => navigate(runsPath(answer, state, { cause: cause.group }))}>
            <rect x={0} y={i * tall} width={width} height={tall} fill="transparent" />
            <text x={0} y={i * tall + 15} fontSize={12} className="fill-text">
              {t(`insights.cause.${cause.group}`)}
              <tspan className="fill-muted" dx={8}>
                {width > 520 ? reachWords(cause) : ''}
              </tspan>
            </text>
            <rect x={0} y={i * tall + 22} height={12} rx={2} width={Math.max(2, ((width - 48) * cause.runs) / most)} {...fill(cause.inconclusive ? 'inconclusive' : 'failed')} />
            <text x={Math.max(2, ((width - 48) * cause.runs) / most) + 6} y={i * tall + 32} fontSize={12} className="fill-text">
              {cause.runs}
            </text>
          </g>
        ))}
      </svg>
    </div>
  )
}

function Table({ answer, state }: Props) {
  return (
    <table className="w-full text-sm">
      <thead className="border-b border-line">
        <tr>
          {(['cause', 'says', 'runs', 'connections', 'lists', 'people', 'last'] as const).map((name) => (
            <th key={name} scope="col" className={`${th} ${name === 'runs' || name === 'people' ? 'text-right' : ''}`}>
              {t(`insights.causes.${name}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {answer.causes.map((cause) => (
          <tr key={cause.group} className="align-top">
            <th scope="row" className={`${td} py-2 font-medium whitespace-nowrap`}>
              {t(`insights.cause.${cause.group}`)}
            </th>
            <td className={`${td} py-2 text-muted`}>{cause.inconclusive ? t('insights.causes.nothing') : t('insights.causes.yours')}</td>
            <td className={`${td} py-2 text-right`}>
              <NumberLink
                text={String(cause.runs)}
                to={runsPath(answer, state, { cause: cause.group })}
                label={t('insights.runsOf', { figure: String(cause.runs), row: t(`insights.cause.${cause.group}`) })}
              />
            </td>
            <td className={`${td} py-2`}>
              <ul className="space-y-0.5">
                {cause.connections.slice(0, 5).map((one) => (
                  <li key={one.connection} className="whitespace-nowrap">
                    <Link href={connectionPath({ id: one.connection, alias: one.alias })} className="rounded hover:underline">
                      <Text>{one.alias}</Text>
                    </Link>{' '}
                    <NumberLink
                      text={String(one.runs)}
                      to={runsPath(answer, state, { cause: cause.group, connection: one.connection })}
                      label={t('insights.runsOf', { figure: String(one.runs), row: one.alias })}
                    />
                    {one.ongoing && <span className="ml-1 text-xs text-bad">{t('insights.causes.ongoing')}</span>}
                  </li>
                ))}
                {cause.connections.length > 5 && <li className="text-muted">{t('insights.causes.more', { count: cause.connections.length - 5 })}</li>}
              </ul>
            </td>
            <td className={`${td} py-2 text-muted`}>{cause.lists.map((list) => t('insights.causes.list', { kind: list.kind, count: list.records })).join(', ') || '–'}</td>
            <td className={`${td} tabular py-2 text-right text-muted`}>{cause.people ?? '–'}</td>
            <td className={`${td} py-2 whitespace-nowrap text-muted`}>
              <Time at={cause.last_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
