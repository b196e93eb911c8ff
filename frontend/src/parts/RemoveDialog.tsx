import { useState } from 'react'
import { useRemove } from '@/api/actions'
import { asProblem } from '@/api/problem'
import type { ConnectionItem } from '@/api/types'
import { plural } from '@/lib/numbers'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { FieldFrame, TextInput } from '@/ui/Field'
import { Sentence, Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'

interface Props {
  connection: Pick<ConnectionItem, 'id' | 'alias' | 'connector_name' | 'records' | 'last_success_at'>
  open: boolean
  onClose: () => void
  onRemoved?: () => void
}

/** Removing deletes evidence, so the name has to be typed where there is any. */
export function RemoveDialog({ connection, open, onClose, onRemoved }: Props) {
  const [typed, setTyped] = useState('')
  const close = () => {
    setTyped('')
    onClose()
  }
  const remove = useRemove({
    onDone: () => {
      notify.done(`${connection.alias} is removed`)
      close()
      onRemoved?.()
    },
  })
  const { records } = connection
  const keeps = records > 0 || connection.last_success_at !== null
  return (
    <Dialog
      open={open}
      onClose={close}
      title={`Remove ${connection.alias}?`}
      footer={
        <>
          <Button onClick={close}>Keep it</Button>
          <Button
            look="danger"
            asksAgent
            busy={remove.isPending}
            disabled={keeps && typed.trim() !== connection.alias}
            onClick={() => remove.mutate(connection.id)}
          >
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
      <p>
        Nothing changes in <Text>{connection.connector_name}</Text>. To stop syncing and keep what was read, pause it instead.
      </p>
      {keeps && (
        <FieldFrame id="remove-alias" label={`To go on, type ${connection.alias}`} required>
          <TextInput id="remove-alias" value={typed} onChange={(event) => setTyped(event.target.value)} />
        </FieldFrame>
      )}
      {remove.isError && (
        <p role="alert" className="text-bad">
          <Sentence>{asProblem(remove.error).message}</Sentence>
        </p>
      )}
    </Dialog>
  )
}
