import type { ConnectionStatus } from '@/api/types'
import { RecordBrowser } from '@/parts/records/RecordBrowser'
import { Drawer } from '@/ui/Dialog'
import { Text } from '@/ui/Text'

interface Props {
  connection: ConnectionStatus
  stream: string
  onClose: () => void
}

/** The records of one stream as they are kept now, or were. */
export function RecordsDrawer({ connection, stream, onClose }: Props) {
  const stats = connection.streams.find((s) => s.name === stream)
  return (
    <Drawer open={stream !== ''} onClose={onClose} title={<Text>{`${stats?.title ?? stream} of ${connection.alias}`}</Text>}>
      {stream !== '' && (
        <RecordBrowser
          scope={{ connection: connection.id, stream }}
          kind={stats?.kind ?? ''}
          empty={stats?.last_complete_at ? 'This stream was read to the end and had no records.' : 'This stream has not been read to the end yet.'}
        />
      )}
    </Drawer>
  )
}
