import { Link } from 'wouter'
import type { Control, Line } from '@/api/assurance'
import { zonedTime } from '@/lib/time'
import { statement } from '@/lib/words'
import { ControlStateChip } from '@/parts/assurance/State'
import { testPath } from '@/parts/tests/words'
import { card, Section } from '@/ui/Section'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'

const head = 'h-8 px-4 text-xs font-medium text-muted whitespace-nowrap'

/** The state with every line that it follows from: what counts, what it says, and why. */
export function Calculation({ control }: { control: Control }) {
  return (
    <Section title={t('controls.one.reason', { state: t(`controls.state.${control.state}`).toLowerCase() })}>
      <div className={card}>
        <div className="border-b border-line px-4 py-3">
          <p className="font-medium" data-reason>
            <Sentence>{statement(control.reason)}</Sentence>
          </p>
          <p className="mt-0.5 text-sm text-muted">{t('controls.calculation.about')}</p>
        </div>
        {control.lines.length === 0 ? (
          <p className="px-4 py-4 text-muted">{t('controls.calculation.none')}</p>
        ) : (
          <table className="w-full text-sm" aria-label={t('controls.calculation.title')}>
            <thead className="border-b border-line">
              <tr>
                <th scope="col" className={head}>
                  {t('controls.calculation.line')}
                </th>
                <th scope="col" className={head}>
                  {t('controls.calculation.counts')}
                </th>
                <th scope="col" className={`${head} hidden sm:table-cell`}>
                  {t('controls.calculation.why')}
                </th>
                <th scope="col" className={`${head} hidden lg:table-cell`}>
                  {t('controls.calculation.asOf')}
                </th>
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {control.lines.map((line) => (
                <Row key={`${line.kind} ${line.id}`} line={line} />
              ))}
            </tbody>
          </table>
        )}
      </div>
    </Section>
  )
}

function Row({ line }: { line: Line }) {
  const href = line.kind === 'test' ? testPath(line.id) : `/evidence?${new URLSearchParams({ q: line.title }).toString()}`
  return (
    <tr className="align-top hover:bg-hover" data-line={line.kind} data-counts={line.counts}>
      <th scope="row" className="px-4 py-2 font-medium break-words">
        <Link href={href} className="rounded underline decoration-line-strong underline-offset-2 hover:decoration-current">
          <Text>{line.title || line.id}</Text>
        </Link>
        <span className="block text-xs font-normal text-muted">{t(`controls.calculation.${line.kind}`)}</span>
        <span className="block font-normal text-muted sm:hidden">
          <Sentence>{statement(line.why)}</Sentence>
        </span>
      </th>
      <td className="px-4 py-2">
        {line.counts && line.says ? <ControlStateChip state={line.says} /> : <span className="text-muted">{t('controls.calculation.notCounted')}</span>}
      </td>
      <td className="hidden px-4 py-2 sm:table-cell">
        <Sentence>{statement(line.why)}</Sentence>
      </td>
      <td className="hidden px-4 py-2 whitespace-nowrap text-muted lg:table-cell">
        <Time at={line.as_of} />
        {line.valid_until && <span className="block text-xs">{t('controls.calculation.until', { moment: zonedTime(line.valid_until) })}</span>}
      </td>
    </tr>
  )
}
