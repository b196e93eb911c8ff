import { Link } from 'wouter'
import type { Person } from '@/api/people'
import { recordPath } from '@/lib/paths'
import { zonedDay } from '@/lib/time'
import { kindWord } from '@/lib/words'
import { card } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { t } from '@/words'

/** The records from which a person is known, the preferred first. */
export function KnownFrom({ sources }: { sources: Person['sources'] }) {
  return (
    <ol className={`${card} divide-y divide-line text-sm`}>
      {sources.map((source) => (
        <li key={`${source.connection} ${source.stream} ${source.key}`} className="flex flex-wrap items-center gap-x-3 px-4 py-2" data-source={source.alias}>
          <Link
            href={recordPath({ connection: source.alias, stream: source.stream, key: source.key })}
            className="inline-flex min-h-6 items-center font-medium underline-offset-2 hover:underline"
          >
            <Text>{source.alias}</Text>
          </Link>
          <span className="text-muted">{kindWord(source.kind)}</span>
          <span className="min-w-0 font-mono text-xs break-all text-muted">
            <Text>{source.key}</Text>
          </span>
          {source.removed_at && <span className="text-warn">{t('people.person.goneSince', { day: zonedDay(source.removed_at) })}</span>}
        </li>
      ))}
    </ol>
  )
}
