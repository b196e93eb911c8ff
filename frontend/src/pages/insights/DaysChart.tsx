import { useLocation } from 'wouter'
import type { DayCount, Insights } from '@/api/insights'
import { t } from '@/words'
import { ChartFrame, Legend, useFills } from './ChartFrame'
import { dayTitle, NumberLink, td, th } from './cells'
import { runsPath } from './links'
import type { InsightsState } from './state'
import { useWidth } from './useWidth'

const stacked = ['completed', 'partial', 'inconclusive', 'failed'] as const
const height = 150
const left = 34
const foot = 18

/** Ticks at round numbers, the last at or above the most. */
export function ticksOf(most: number): number[] {
  const rough = Math.max(1, most / 4)
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough) ?? rough
  return Array.from({ length: Math.max(1, Math.ceil(most / step)) + 1 }, (_, i) => i * step)
}

const totalOf = (day: DayCount) => stacked.reduce((sum, outcome) => sum + day[outcome], 0)

/** Runs by day and by how they ended. */
export function DaysChart({ answer, state }: { answer: Insights; state: InsightsState }) {
  return (
    <ChartFrame
      title={t('insights.days.title')}
      name="runs-by-day"
      chart={<Bars answer={answer} state={state} />}
      table={<Days answer={answer} state={state} />}
    />
  )
}

function Bars({ answer, state }: { answer: Insights; state: InsightsState }) {
  const [box, width] = useWidth(640)
  const { defs, fill } = useFills()
  const [, navigate] = useLocation()
  const ticks = ticksOf(Math.max(1, ...answer.days.map(totalOf)))
  const top = ticks.at(-1) ?? 1
  const y = (n: number) => 6 + (height - 6) * (1 - n / top)
  const step = (width - left) / answer.days.length
  const each = Math.max(1, Math.ceil(64 / step))
  const { total } = answer
  return (
    <div ref={box}>
      <svg
        role="img"
        data-chart=""
        width={width}
        height={height + foot}
        className="block"
        aria-label={t('insights.days.label', { count: total.runs, completed: total.completed, partial: total.partial, failed: total.failed, inconclusive: total.inconclusive })}
      >
        {defs}
        {ticks.map((n) => (
          <g key={n}>
            <line x1={left} x2={width} y1={y(n)} y2={y(n)} className="stroke-line" />
            <text x={left - 6} y={y(n) + 4} textAnchor="end" fontSize={11} className="fill-muted">
              {n}
            </text>
          </g>
        ))}
        {answer.days.map((day, i) => {
          let below = 0
          const x = left + i * step + Math.min(2, step * 0.15)
          const wide = Math.max(1, step - Math.min(4, step * 0.3))
          return (
            <g key={day.day} className="cursor-pointer" onClick={() => navigate(runsPath(answer, state, { since: day.since, until: day.until }))}>
              <title>{t('insights.days.day', { day: dayTitle(day.day), completed: day.completed, partial: day.partial, failed: day.failed, inconclusive: day.inconclusive })}</title>
              <rect x={left + i * step} y={0} width={step} height={height} fill="transparent" />
              {stacked.map((outcome) => {
                const from = below
                below += day[outcome]
                return day[outcome] > 0 && <rect key={outcome} x={x} width={wide} y={y(below)} height={y(from) - y(below)} {...fill(outcome)} />
              })}
              {i % each === 0 && (
                <text x={x} y={height + 14} fontSize={11} className="fill-muted">
                  {dayTitle(day.day)}
                </text>
              )}
            </g>
          )
        })}
      </svg>
      <Legend />
    </div>
  )
}

function Days({ answer, state }: { answer: Insights; state: InsightsState }) {
  const outcomes = [...stacked, 'cancelled'] as const
  return (
    <table className="w-full text-sm">
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={th}>
            {t('insights.day')}
          </th>
          {outcomes.map((outcome) => (
            <th key={outcome} scope="col" className={`${th} text-right`}>
              {t(`insights.outcome.${outcome}`)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {answer.days.toReversed().map((day) => (
          <tr key={day.day} className="hover:bg-hover">
            <th scope="row" className={`${td} font-normal whitespace-nowrap`}>
              {dayTitle(day.day)}
            </th>
            {outcomes.map((outcome) => (
              <td key={outcome} className={`${td} text-right`}>
                <NumberLink
                  text={String(day[outcome])}
                  to={runsPath(answer, state, { since: day.since, until: day.until, outcome: [outcome] })}
                  none={day[outcome] === 0}
                  label={t('insights.runsOf', { figure: `${day[outcome]} ${t(`insights.outcome.${outcome}`)}`, row: dayTitle(day.day) })}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
