import type { UseQueryResult } from '@tanstack/react-query'
import { asProblem } from '@/api/problem'
import type { CoverageSpan, PeriodCoverage } from '@/api/types'
import { cx } from '@/ui/cx'
import { card, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'

const order = ['proven', 'part', 'blind'] as const

/** Each coverage has a colour and a height, so that it can be told without the colour. */
const looks: Record<CoverageSpan['coverage'], string> = { proven: 'h-6 bg-ok-solid', part: 'h-4 bg-warn-solid', blind: 'h-2 bg-bad-solid' }

/** A day of the strip, with the span that it is in. */
interface Day {
  name: string
  span: CoverageSpan
}

/** The days of spans, oldest first. */
export function daysOf(spans: CoverageSpan[]): Day[] {
  return spans.flatMap((span) =>
    Array.from({ length: span.days }, (_, i) => {
      const day = new Date(`${span.from}T00:00:00Z`)
      day.setUTCDate(day.getUTCDate() + i)
      return { name: day.toISOString().slice(0, 10), span }
    }),
  )
}

const word = (span: CoverageSpan) => t(`connection.coverage.${span.coverage}`)
const why = (span: CoverageSpan) => [span.why, ...(span.gaps ?? [])].join(' ')

/** The days of a period by how far they were read: as a strip, in words, and with the reasons. */
export function CoverageDays({ title, coverage }: { title: string; coverage: UseQueryResult<PeriodCoverage> }) {
  const data = coverage.data
  return (
    <Section title={title} aside={data && <p className="text-xs text-muted">{t('connection.coverage.counts', { ...data.days })}</p>}>
      <div className={card}>
        {coverage.isPending && <SkeletonRows rows={1} label={t('connection.coverage.loading')} />}
        {coverage.isError && !data && (
          <ErrorState what={t('connection.coverage.unknown')} problem={asProblem(coverage.error)} onRetry={() => void coverage.refetch()} />
        )}
        {data && (
          <div className="px-4 py-3">
            <Strip days={daysOf(data.spans)} label={t('connection.coverage.label', { count: data.period.days, ...data.days })} />
            <Legend />
            <details className="mt-2 text-sm">
              <summary className="cursor-pointer text-muted">{t('connection.coverage.details')}</summary>
              <Spans spans={data.spans} />
            </details>
          </div>
        )}
      </div>
    </Section>
  )
}

function Strip({ days, label }: { days: Day[]; label: string }) {
  return (
    <div role="img" aria-label={label} data-coverage="" className="flex h-6 items-end gap-px">
      {days.map(({ name, span }) => (
        <span
          key={name}
          title={t('connection.coverage.day', { day: name, coverage: word(span), why: why(span).slice(0, 300) })}
          className={cx('min-w-0 flex-1 rounded-[1px]', looks[span.coverage])}
        />
      ))}
    </div>
  )
}

function Legend() {
  return (
    <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted">
      {order.map((coverage) => (
        <li key={coverage} className="flex items-end gap-1.5">
          <span aria-hidden className={cx('inline-block w-1.5 rounded-[1px]', looks[coverage])} />
          {t(`connection.coverage.means.${coverage}`)}
        </li>
      ))}
    </ul>
  )
}

/** The same as text: a line for each span of days that are alike, the latest first. */
function Spans({ spans }: { spans: CoverageSpan[] }) {
  return (
    <ol className="mt-1 space-y-1">
      {spans.toReversed().map((span) => (
        <li key={span.from}>
          <span className="tabular font-medium">
            <Text>{span.from === span.to ? span.from : `${span.from} – ${span.to}`}</Text>
          </span>{' '}
          <span className="text-muted">
            {word(span)}. <Sentence>{why(span)}</Sentence>
          </span>
        </li>
      ))}
    </ol>
  )
}
