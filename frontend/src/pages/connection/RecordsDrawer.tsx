import { asProblem } from '@/api/problem'
import type { ConnectionStatus, HostRecord } from '@/api/types'
import { count } from '@/lib/numbers'
import { fieldText, mainFields } from '@/lib/record'
import { sentence } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Drawer } from '@/ui/Dialog'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Time } from '@/ui/Time'
import { useRecords } from './queries'

interface Props {
  connection: ConnectionStatus
  stream: string
  onClose: () => void
}

/** The records of one stream as they are kept now. */
export function RecordsDrawer({ connection, stream, onClose }: Props) {
  const stats = connection.streams.find((s) => s.name === stream)
  return (
    <Drawer open={stream !== ''} onClose={onClose} title={stats ? `${stats.title} · ${count(stats.records)}` : stream}>
      <Records connection={connection} stream={stream} />
    </Drawer>
  )
}

function Records({ connection, stream }: { connection: ConnectionStatus; stream: string }) {
  const query = useRecords(connection.id, stream)
  const records = query.data?.pages.flatMap((page) => page.items) ?? []
  if (query.isPending) return <SkeletonRows rows={8} label="Loading records" />
  if (query.isError && records.length === 0) {
    return <ErrorState what="Records could not be loaded" problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  }
  if (records.length === 0) return <EmptyState title="No records">Nothing has been read from this stream, or nothing was there.</EmptyState>
  return (
    <>
      <RecordTable records={records} />
      {query.hasNextPage && (
        <div className="p-4 text-center">
          <Button busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Load more
          </Button>
        </div>
      )}
    </>
  )
}

const head = 'h-9 px-4 text-xs font-medium text-muted whitespace-nowrap'

function RecordTable({ records }: { records: HostRecord[] }) {
  const fields = mainFields(records)
  return (
    <table className="w-full text-sm">
      <thead className="sticky top-0 bg-panel shadow-[inset_0_-1px_var(--line)]">
        <tr>
          <th scope="col" className={head}>
            Key
          </th>
          {fields.map((field) => (
            <th key={field} scope="col" className={head}>
              {sentence(field)}
            </th>
          ))}
          <th scope="col" className={`${head} text-right`}>
            Observed
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {records.map((record) => (
          <tr key={record.key}>
            <th scope="row" className="h-10 max-w-60 truncate px-4 font-mono text-xs font-normal text-muted" title={record.key}>
              {record.key}
            </th>
            {fields.map((field) => (
              <td key={field} className="max-w-60 truncate px-4">
                {fieldText(record.data, field)}
              </td>
            ))}
            <td className="px-4 text-right whitespace-nowrap text-muted">
              <Time at={record.observed_at} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
