import { Link } from 'wouter'
import type { ConnectionStatus, StreamStats } from '@/api/types'
import { count } from '@/lib/numbers'
import { connectionPath } from '@/lib/paths'
import { kindWord } from '@/lib/words'
import { Chip } from '@/ui/Chip'
import { card, Section } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'

const head = 'h-8 px-4 text-xs font-medium text-muted whitespace-nowrap'

/** A stream of which anything was ever read; a connector may offer many that this connection has no settings for. */
const wasRead = (stream: StreamStats) => stream.records > 0 || stream.first_read_at !== null || stream.last_complete_at !== null

/** What is kept of each stream, and as of when. */
export function Freshness({ connection }: { connection: ConnectionStatus }) {
  const read = connection.streams.filter(wasRead)
  const rest = connection.streams.filter((stream) => !wasRead(stream))
  if (connection.streams.length === 0) return null
  return (
    <Section title={t('connection.fresh.title')}>
      <div className={card}>
        {read.length > 0 && <Streams connection={connection} streams={read} />}
        {rest.length > 0 && <Unread streams={rest} some={read.length > 0} />}
      </div>
    </Section>
  )
}

function Unread({ streams, some }: { streams: StreamStats[]; some: boolean }) {
  return (
    <p className={`px-4 py-3 text-sm text-muted ${some ? 'border-t border-line' : ''}`}>
      {t(some ? 'connection.fresh.unread' : 'connection.fresh.nothing')} <Text>{streams.map((stream) => stream.title).join(', ')}</Text>.
    </p>
  )
}

function Streams({ connection, streams }: { connection: ConnectionStatus; streams: StreamStats[] }) {
  return (
    <table className="w-full text-sm">
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={head}>
            {t('connection.fresh.stream')}
          </th>
          <th scope="col" className={`${head} text-right`}>
            {t('connection.fresh.records')}
          </th>
          <th scope="col" className={head}>
            {t('connection.fresh.asOf')}
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {streams.map((stream) => (
          <tr key={stream.name} data-stream={stream.name}>
            <th scope="row" className="h-11 px-4 font-medium">
              <Link
                href={`${connectionPath(connection)}/data?stream=${encodeURIComponent(stream.name)}`}
                className="inline-block py-0.5 text-accent hover:underline"
              >
                <Text>{stream.title}</Text>
              </Link>{' '}
              <span className="text-xs font-normal text-muted">
                <Text>{kindWord(stream.kind)}</Text>
              </span>
            </th>
            <td className="tabular px-4 text-right align-top leading-11">{count(stream.records)}</td>
            <td className="px-4 py-2">
              <AsOf stream={stream} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

/** Of which moment a count is. A read that did not end, or a removal that waits, leaves it older than it looks. */
export function AsOf({ stream }: { stream: StreamStats }) {
  const held = stream.held
  return (
    <>
      {stream.last_complete_at ? (
        <span className="text-muted">
          {t('connection.fresh.complete')} <Time at={stream.last_complete_at} />
        </span>
      ) : (
        <Chip tone="warn">{t('connection.fresh.part')}</Chip>
      )}
      {held && (
        <span className="mt-0.5 block text-warn" data-held-of={stream.name}>
          {held.rejected_at === null
            ? t('connection.fresh.held', { count: held.removes })
            : t('connection.fresh.heldRejected', { count: held.removes })}
        </span>
      )}
    </>
  )
}
