import { useRemove } from '@/api/actions'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus } from '@/api/types'
import { plural } from '@/lib/numbers'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { notify } from '@/ui/Toasts'

interface Props {
  connection: ConnectionStatus
  open: boolean
  onClose: () => void
  onRemoved?: () => void
}

export function RemoveDialog({ connection, open, onClose, onRemoved }: Props) {
  const remove = useRemove({
    onDone: () => {
      notify.done(`${connection.alias} is removed`)
      onClose()
      onRemoved?.()
    },
  })
  const records = connection.streams.reduce((sum, stream) => sum + stream.records, 0)
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={`Remove ${connection.alias}?`}
      footer={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" busy={remove.isPending} onClick={() => remove.mutate(connection.id)}>
            Remove connection
          </Button>
        </>
      }
    >
      <p>This stops its syncs and deletes from this machine:</p>
      <ul className="list-disc space-y-1 pl-5">
        <li>its settings and its stored credentials</li>
        <li>{plural(records, 'record')} it has read, with their history and its runs</li>
      </ul>
      <p>Nothing changes in {connection.connector_name}. To stop syncing and keep what was read, pause it instead.</p>
      {remove.isError && (
        <p role="alert" className="text-bad">
          {asProblem(remove.error).message}
        </p>
      )}
    </Dialog>
  )
}
