import type { StreamStats } from '@/api/types'
import { count } from '@/lib/numbers'
import { card, Section } from '@/ui/Section'
import { Time } from '@/ui/Time'

const head = 'h-8 px-4 text-xs font-medium text-muted'

/** What is kept of this connection, stream by stream. */
export function StreamTable({ streams, onOpen }: { streams: StreamStats[]; onOpen: (stream: string) => void }) {
  if (streams.length === 0) return null
  return (
    <Section title="Data">
      <div className={card}>
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
              <tr key={stream.name}>
                <th scope="row" className="h-11 px-4 font-medium">
                  {stream.title}
                </th>
                <td className="hidden px-4 text-muted sm:table-cell">{stream.kind}</td>
                <td className="tabular px-4 text-right">{count(stream.records)}</td>
                <td className="hidden px-4 text-right sm:table-cell">
                  <Time at={stream.last_complete_at} missing="Never" />
                </td>
                <td className="w-32 px-4 text-right">
                  <button
                    type="button"
                    aria-label={`View records of ${stream.title}`}
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
      </div>
    </Section>
  )
}
