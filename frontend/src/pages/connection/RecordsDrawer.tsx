import type { ConnectionStatus } from '@/api/types'
import { RecordBrowser } from '@/parts/records/RecordBrowser'
import { Drawer } from '@/ui/Dialog'

interface Props {
  connection: ConnectionStatus
  stream: string
  onClose: () => void
}

/** The records of one stream as they are kept now, or were. */
export function RecordsDrawer({ connection, stream, onClose }: Props) {
  const stats = connection.streams.find((s) => s.name === stream)
  return (
    <Drawer open={stream !== ''} onClose={onClose} title={stats?.title ?? stream}>
      {stream !== '' && (
        <RecordBrowser
          scope={{ connection: connection.id, stream }}
          kind={stats?.kind ?? ''}
          empty="Nothing has been read from this stream, or nothing was there."
        />
      )}
    </Drawer>
  )
}
