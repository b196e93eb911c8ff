import { ChevronRight, TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { Source } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { sentence, statement, type Tone } from '@/lib/words'
import { Chip } from '@/ui/Chip'
import { cx } from '@/ui/cx'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'

const words: Record<string, string> = { missing: t('record.sources.missing'), stale: t('record.sources.stale'), partial: t('record.sources.partial') }
const tones: Record<string, Tone> = { failing: 'bad', partial: 'warn', stale: 'warn', missing: 'quiet' }

/** More than these fold away: they must not push the records out of sight. */
const few = 3

/** What a list over several connections is drawn from, and which of them leave it short. */
export function Sources({ sources }: { sources: Source[] }) {
  const short = sources.filter((source) => source.state !== 'complete')
  const [toggled, setToggled] = useState<boolean>()
  const open = toggled ?? short.length <= few
  if (sources.length === 0 || (sources.length === 1 && short.length === 0)) return null
  if (short.length === 0) {
    return (
      <p className="border-b border-line px-4 py-2 text-xs text-muted" data-sources="complete">
        {t('record.sources.complete', { count: sources.length })}
      </p>
    )
  }
  return (
    <section aria-label={t('record.sources.title')} className="border-b border-line bg-warn-soft text-sm" data-sources="short">
      <button
        type="button"
        aria-expanded={open}
        onClick={() => setToggled(!open)}
        className="flex min-h-9 w-full items-center gap-2 px-4 py-1.5 text-left text-warn focus-visible:-outline-offset-2"
      >
        <TriangleAlert size={14} aria-hidden className="shrink-0" />
        <span>
          <span className="font-medium">{headline(sources, short)}</span>
          {!open && <span className="text-muted"> {namesOf(short)}</span>}
        </span>
        <ChevronRight size={14} aria-hidden className={cx('ml-auto shrink-0', open && 'rotate-90')} />
      </button>
      {open && (
        <ul className="max-h-40 space-y-1 overflow-y-auto px-4 pb-2.5 pl-10">
          {short.map((source) => (
            <li key={source.connection} className="flex flex-wrap items-baseline gap-x-2 gap-y-0.5" data-source={source.alias} data-state={source.state}>
              <Link href={connectionPath({ id: source.connection, alias: source.alias })} className="inline-flex min-h-6 items-center font-medium underline-offset-2 hover:underline">
                {source.alias}
              </Link>
              <Chip tone={tones[source.state] ?? 'quiet'} className="h-5!">
                {words[source.state] ?? sentence(source.state)}
              </Chip>
              <span className="min-w-0 text-muted">
                <Sentence>{statement(source.explanation)}</Sentence>
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  )
}

function headline(sources: Source[], short: Source[]): string {
  if (sources.length === 1) return t('record.sources.one')
  return t('record.sources.short', { count: short.length, all: sources.length })
}

/** So many names stand beside the headline while the list is folded. */
const named = 6

function namesOf(short: Source[]): string {
  const rest = short.length - named
  return short.slice(0, named).map((source) => source.alias).join(', ') + (rest > 0 ? ` ${t('record.sources.more', { count: rest })}` : '')
}
