import { ImageDown } from 'lucide-react'
import { useId, useRef, useState, type ReactNode } from 'react'
import { IconButton } from '@/ui/Button'
import { card, Section } from '@/ui/Section'
import { Segments } from '@/ui/Segments'
import { t } from '@/words'
import { savePng } from './png'

interface Props {
  title: string
  name: string
  about?: string
  chart: ReactNode
  table: ReactNode
}

/** A chart with its twin: the same numbers as a table, each a link. */
export function ChartFrame({ title, name, about, chart, table }: Props) {
  const [shown, setShown] = useState('chart')
  const frame = useRef<HTMLDivElement>(null)
  const save = () => {
    const svg = frame.current?.querySelector('svg[data-chart]')
    if (svg instanceof SVGSVGElement) void savePng(svg, name)
  }
  const aside = (
    <div className="flex items-center gap-2">
      <Segments
        label={t('insights.shownAs', { title })}
        value={shown}
        options={[
          { value: 'chart', title: t('insights.chart') },
          { value: 'table', title: t('insights.table') },
        ]}
        onChange={setShown}
      />
      {shown === 'chart' && (
        <IconButton label={t('insights.savePng', { title })} onClick={save}>
          <ImageDown size={16} aria-hidden />
        </IconButton>
      )}
    </div>
  )
  return (
    <Section title={title} aside={aside}>
      {about && <p className="mb-2 text-sm text-muted">{about}</p>}
      <div ref={frame} className={card} data-frame={name}>
        {shown === 'chart' ? <div className="overflow-x-auto p-3">{chart}</div> : <Scroll label={title}>{table}</Scroll>}
      </div>
    </Section>
  )
}

/** A table that may be wider than the page. The keyboard can scroll it. */
export function Scroll({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div role="region" aria-label={t('insights.tableOf', { title: label })} tabIndex={0} className="overflow-x-auto focus-visible:-outline-offset-2">
      {children}
    </div>
  )
}

/** Fills that tell the outcomes apart without colour, too: what is partial is hatched, what is inconclusive is dotted. */
export function useFills() {
  const id = useId().replaceAll(':', '')
  const defs = (
    <defs>
      <pattern id={`${id}p`} width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
        <rect width="5" height="5" className="fill-warn-solid" />
        <rect width="1.5" height="5" className="fill-panel" />
      </pattern>
      <pattern id={`${id}i`} width="5" height="5" patternUnits="userSpaceOnUse">
        <rect width="5" height="5" className="fill-quiet-solid" />
        <circle cx="2.5" cy="2.5" r="1.1" className="fill-text" />
      </pattern>
    </defs>
  )
  return {
    defs,
    fill: (outcome: string) =>
      outcome === 'partial' ? { fill: `url(#${id}p)` } : outcome === 'inconclusive' ? { fill: `url(#${id}i)` } : { className: solid[outcome] ?? 'fill-line' },
  }
}

const solid: Record<string, string> = { completed: 'fill-ok-solid', failed: 'fill-bad-solid' }

/** What each fill means. */
export function Legend() {
  const { defs, fill } = useFills()
  return (
    <ul className="mt-2 flex flex-wrap gap-x-4 gap-y-1 text-xs text-muted" aria-label={t('insights.legend')}>
      {(['completed', 'partial', 'inconclusive', 'failed'] as const).map((outcome) => (
        <li key={outcome} className="inline-flex items-center gap-1.5">
          <svg aria-hidden width={12} height={12}>
            {defs}
            <rect width={12} height={12} rx={2} {...fill(outcome)} />
          </svg>
          {t(`insights.outcome.${outcome}`)}
        </li>
      ))}
    </ul>
  )
}
