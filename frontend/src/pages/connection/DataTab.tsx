import type { ConnectionStatus } from '@/api/types'
import { noList } from '@/parts/records/listState'
import { RecordBrowser } from '@/parts/records/RecordBrowser'
import { Segments } from '@/ui/Segments'
import { EmptyState } from '@/ui/States'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { AsOf } from './Freshness'

/** The records of this connection, a stream at a time. */
export function DataTab({ connection }: { connection: ConnectionStatus }) {
  const url = useUrl()
  const read = connection.streams.filter((stream) => stream.first_read_at !== null)
  const stream = read.find((one) => one.name === url.one('stream')) ?? read[0]
  if (!stream) return <EmptyState title={t('connection.data.none')}>{t('connection.data.noneYet')}</EmptyState>
  return (
    <section aria-label={t('connection.tab.data')} className="mt-6">
      <div className="mb-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2">
        <Segments
          label={t('connection.data.stream')}
          value={stream.name}
          options={read.map((one) => ({ value: one.name, title: one.title, count: one.records }))}
          onChange={(name) => url.set({ stream: name, ...noList })}
        />
        <p className="text-sm">
          <AsOf stream={stream} />
        </p>
      </div>
      {connection.disconnection && <p className="mb-3 rounded-md bg-sunken px-4 py-2.5 text-sm">{t('connection.data.disconnected')}</p>}
      <div className="h-[calc(100dvh-14rem)] min-h-96 overflow-hidden rounded-lg border border-line bg-panel">
        <RecordBrowser
          key={stream.name}
          scope={{ connection: connection.id, stream: stream.name }}
          kind={stream.kind}
          empty={t(stream.last_complete_at ? 'connection.data.emptyRead' : 'connection.data.emptyPart')}
        />
      </div>
    </section>
  )
}
