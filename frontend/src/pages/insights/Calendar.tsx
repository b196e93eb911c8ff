import { useState } from 'react'
import { useLocation } from 'wouter'
import type { Figures, Insights } from '@/api/insights'
import { Button } from '@/ui/Button'
import { t } from '@/words'
import { dayTitle, NumberLink, td, th } from './cells'
import { ChartFrame, Legend, useFills } from './ChartFrame'
import { counting, incomplete, runsPath } from './links'
import type { InsightsState } from './state'
import { useWidth } from './useWidth'

const few = 20
const tall = 22
const names: Record<string, string> = { c: 'completed', p: 'partial', i: 'inconclusive', f: 'failed' }

interface Props {
  answer: Insights
  state: InsightsState
}

const titleOf = (row: Figures) => row.title || t('insights.noOwner')

/** A cell for each row and day: the worst that happened. */
export function Calendar({ answer, state }: Props) {
  const [all, setAll] = useState(false)
  const rows = all ? answer.rows : answer.rows.slice(0, few)
  return (
    <>
      <ChartFrame
        title={t('insights.calendar.title')}
        name="calendar"
        about={t('insights.calendar.about')}
        chart={<Cells answer={answer} state={state} rows={rows} />}
        table={<Table answer={answer} state={state} rows={rows} />}
      />
      {answer.rows.length > few && (
        <Button size="sm" look="ghost" className="mt-1" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t('insights.calendar.fewer') : t('insights.calendar.all', { count: answer.rows.length })}
        </Button>
      )}
    </>
  )
}

const shorten = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text)

function Cells({ answer, state, rows }: Props & { rows: Figures[] }) {
  const [box, width] = useWidth(640)
  const { defs, fill } = useFills()
  const [, navigate] = useLocation()
  const letters = width < 480 ? 14 : 22
  const left = letters * 7 + 6
  const step = Math.min(26, (width - left) / answer.days.length)
  const bad = rows.filter((row) => row.completed < row.runs).length
  const each = Math.max(1, Math.ceil(56 / step))
  return (
    <div ref={box}>
      <svg
        role="img"
        data-chart=""
        width={width}
        height={rows.length * tall + 18}
        className="block"
        aria-label={t('insights.calendar.label', { count: rows.length, bad, days: answer.days.length })}
      >
        {defs}
        {rows.map((row, y) => (
          <g key={row.key}>
            <text x={0} y={y * tall + 15} fontSize={12} className="fill-text">
              {shorten(titleOf(row), letters)}
            </text>
            {answer.days.map((day, i) => {
              const outcome = names[row.strip.states[i] ?? '-']
              const place = { x: left + i * step, y: y * tall + 2, width: Math.max(1, step - 2), height: tall - 4, rx: 2 }
              if (!outcome) return <rect key={day.day} {...place} className="fill-sunken" />
              return (
                <rect
                  key={day.day}
                  {...place}
                  {...fill(outcome)}
                  style={{ cursor: 'pointer' }}
                  onClick={() => navigate(runsPath(answer, state, { row: row.key, since: day.since, until: day.until, outcome: counting }))}
                >
                  <title>
                    {t('insights.calendar.cell', {
                      row: titleOf(row), day: dayTitle(day.day), count: row.strip.runs[i] ?? 0, bad: row.strip.incomplete[i] ?? 0, outcome: t(`insights.outcome.${outcome as 'failed'}`),
                    })}
                  </title>
                </rect>
              )
            })}
          </g>
        ))}
        {answer.days.map(
          (day, i) =>
            i % each === 0 && (
              <text key={day.day} x={left + i * step} y={rows.length * tall + 14} fontSize={11} className="fill-muted">
                {dayTitle(day.day)}
              </text>
            ),
        )}
      </svg>
      <Legend />
    </div>
  )
}

function Table({ answer, state, rows }: Props & { rows: Figures[] }) {
  return (
    <table className="text-sm">
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={`${th} sticky left-0 bg-panel`}>
            {t(`insights.group.${answer.group}`)}
          </th>
          {answer.days.map((day) => (
            <th key={day.day} scope="col" className={`${th} text-right`}>
              {dayTitle(day.day)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {rows.map((row) => (
          <tr key={row.key}>
            <th scope="row" className={`${td} sticky left-0 bg-panel font-normal whitespace-nowrap`}>
              {titleOf(row)}
            </th>
            {answer.days.map((day, i) => {
              const runs = row.strip.runs[i] ?? 0
              const bad = row.strip.incomplete[i] ?? 0
              const text = bad > 0 ? t('insights.calendar.badOf', { bad, count: runs }) : String(runs)
              return (
                <td key={day.day} className={`${td} text-right whitespace-nowrap`}>
                  <NumberLink
                    text={text}
                    none={runs === 0}
                    to={runsPath(answer, state, { row: row.key, since: day.since, until: day.until, outcome: bad > 0 ? incomplete : counting })}
                    label={t('insights.calendar.open', { row: titleOf(row), day: dayTitle(day.day), figure: text })}
                  />
                </td>
              )
            })}
          </tr>
        ))}
      </tbody>
    </table>
  )
}
