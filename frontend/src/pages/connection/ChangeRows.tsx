import { Minus, Pencil, Plus } from 'lucide-react'
import { Link } from 'wouter'
import type { Change, ConnectionStatus } from '@/api/types'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { recordPath } from './links'

const looks = {
  added: { icon: Plus, colour: 'text-ok' },
  changed: { icon: Pencil, colour: 'text-muted' },
  removed: { icon: Minus, colour: 'text-bad' },
}

/** What became of single records, newest first. Each is the way to its record. */
export function ChangeRows({ changes, connection }: { changes: Change[]; connection: ConnectionStatus }) {
  return (
    <ul className="divide-y divide-line text-sm">
      {changes.map((change) => {
        const { icon: Icon, colour } = looks[change.change]
        const stream = connection.streams.find((one) => one.name === change.stream)
        return (
          <li key={`${change.at}/${change.stream}/${change.key}`} className="flex items-baseline gap-3 px-4 py-2" data-change={change.change}>
            <Icon size={14} aria-hidden className={`shrink-0 translate-y-0.5 ${colour}`} />
            <span className="flex min-w-0 flex-1 flex-wrap items-baseline gap-x-2">
              <Link
                href={recordPath(connection, change.stream, change.key)}
                className="max-w-full truncate py-0.5 font-medium hover:text-accent hover:underline"
              >
                <Text>{change.title || change.key}</Text>
              </Link>
              <span className="text-muted">
                {t(`connection.changes.${change.change}`)} · <Text>{stream?.title ?? change.stream}</Text>
              </span>
            </span>
            <Time at={change.at} className="shrink-0 text-muted" />
          </li>
        )
      })}
    </ul>
  )
}
