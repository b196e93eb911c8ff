import type { StreamStats } from '@/api/types'
import { count, plural } from '@/lib/numbers'
import { visible } from '@/lib/visible'
import { kindWord } from '@/lib/words'
import { Chip } from '@/ui/Chip'
import { card, Section } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'

const head = 'h-8 px-4 text-xs font-medium text-muted'

/** A stream of which anything was ever read; a connector may offer many that this connection has no settings for. */
const wasRead = (stream: StreamStats) => stream.records > 0 || stream.first_read_at !== null || stream.last_complete_at !== null

/** What is kept of this connection, stream by stream. */
export function StreamTable({ streams, onOpen }: { streams: StreamStats[]; onOpen: (stream: string) => void }) {
  const read = streams.filter(wasRead)
  const rest = streams.filter((stream) => !wasRead(stream))
  if (streams.length === 0) return null
  return (
    <Section title="Data">
      <div className={card}>
        {read.length > 0 && <Streams streams={read} onOpen={onOpen} />}
        {rest.length > 0 && (
          <p className={`px-4 py-3 text-sm text-muted ${read.length > 0 ? 'border-t border-line' : ''}`}>
            {read.length > 0 ? 'Nothing has been read of ' : 'Nothing has been read yet. What the connector can read: '}
            <Text>{rest.map((stream) => stream.title).join(', ')}</Text>.
          </p>
        )}
      </div>
    </Section>
  )
}

function Streams({ streams, onOpen }: { streams: StreamStats[]; onOpen: (stream: string) => void }) {
  return (
    <table className="w-full text-sm">
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={head}>
            Stream
          </th>
          <th scope="col" className={`${head} hidden sm:table-cell`}>
            Kind
          </th>
          <th scope="col" className={`${head} text-right`}>
            Records
          </th>
          <th scope="col" className={`${head} hidden text-right sm:table-cell`}>
            Last complete read
          </th>
          <th scope="col" className={`${head} text-right`}>
            <span className="sr-only">Records</span>
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {streams.map((stream) => (
          <tr key={stream.name} data-stream={stream.name}>
            <th scope="row" className="h-11 px-4 font-medium">
              <span className="flex flex-wrap items-center gap-x-2 gap-y-1 py-1">
                <Text>{stream.title}</Text>
                {stream.held && stream.held.rejected_at === null && <Chip tone="warn">{plural(stream.held.removes, 'removal')} held</Chip>}
              </span>
            </th>
            <td className="hidden px-4 text-muted sm:table-cell">
              <Text>{kindWord(stream.kind)}</Text>
            </td>
            <td className="tabular px-4 text-right">{count(stream.records)}</td>
            <td className="hidden px-4 text-right sm:table-cell">
              <Time at={stream.last_complete_at} missing="Never" />
            </td>
            <td className="w-32 px-4 text-right">
              <button
                type="button"
                aria-label={`View records of ${visible(stream.title)}`}
                onClick={() => onOpen(stream.name)}
                className="h-6 rounded text-accent hover:underline"
              >
                View records
              </button>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
