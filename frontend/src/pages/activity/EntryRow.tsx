import { ArrowRight } from 'lucide-react'
import { Link } from 'wouter'
import type { Entry } from '@/api/types'
import { clockTime, fullTime } from '@/lib/time'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { changesOf, placeOf, sentenceOf, type FieldChange } from './entries'

/** One entry: when, a sentence, and what it changed. */
export function EntryRow({ entry }: { entry: Entry }) {
  const place = placeOf(entry)
  const changes = changesOf(entry)
  return (
    <li className="grid gap-x-4 px-4 py-2.5 compact:py-1.5 sm:grid-cols-[5rem_minmax(0,1fr)_auto]" data-entry={entry.number}>
      <time dateTime={entry.at} title={fullTime(entry.at)} className="tabular text-xs leading-6 text-muted">
        {clockTime(entry.at)}
      </time>
      <div className="min-w-0">
        <p className="text-sm leading-6">{sentenceOf(entry)}</p>
        {changes.length > 0 && (
          <ul className="mt-0.5 space-y-0.5">
            {changes.map((change) => (
              <Changed key={change.field} change={change} />
            ))}
          </ul>
        )}
        <p className="mt-0.5 text-xs text-faint">
          {t('activity.entry', { number: entry.number })} · <code className="font-mono">{entry.link.slice(0, 12)}</code>
        </p>
      </div>
      {place && (
        <Link href={place} className="h-fit text-sm leading-6 text-accent hover:underline" aria-label={t('activity.lookAt', { what: sentenceOf(entry) })}>
          {t('activity.look')}
        </Link>
      )}
    </li>
  )
}

function Changed({ change }: { change: FieldChange }) {
  return (
    <li className="flex flex-wrap items-baseline gap-x-2 text-sm text-muted">
      <span className="font-medium">
        <Text>{change.field}</Text>
      </span>
      <Value text={change.before} gone />
      <ArrowRight size={12} aria-hidden className="self-center" />
      <span className="sr-only">{t('activity.to')}</span>
      <Value text={change.after} />
    </li>
  )
}

function Value({ text, gone = false }: { text: string; gone?: boolean }) {
  if (text === '') return <span className="text-faint">{t('activity.nothing')}</span>
  const Tag = gone ? 'del' : 'ins'
  return (
    <Tag className={gone ? 'break-all text-muted' : 'break-all text-text no-underline'}>
      <Text>{text}</Text>
    </Tag>
  )
}
