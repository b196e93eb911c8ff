import { useState } from 'react'
import { useConfirmRemoval, useRejectRemoval } from '@/api/actions'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus, HeldRemoval } from '@/api/types'
import { count, plural } from '@/lib/numbers'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { FieldFrame, TextInput } from '@/ui/Field'
import { Sentence, Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { HeldRecords } from './HeldRecords'

interface Props {
  connection: ConnectionStatus
  removal: HeldRemoval
  /** A run has found another list since the dialog was opened. */
  changed: boolean
  onClose: () => void
}

/** From this many on, the number has to be typed: it has been read then. */
const large = 20

/** The records that would go, by name, before anybody agrees that they do. */
export function HeldDialog({ connection, removal, changed, onClose }: Props) {
  const [typed, setTyped] = useState('')
  const decision = { ref: connection.id, stream: removal.stream, id: removal.id }
  const done = (title: string) => ({
    onDone: () => {
      notify.done(title)
      onClose()
    },
  })
  const confirm = useConfirmRemoval(done(`${connection.alias} is syncing; what it does not find is removed`))
  const reject = useRejectRemoval(done(`${plural(removal.removes, 'record is', 'records are')} kept`))
  const failed = confirm.error ?? reject.error
  const idle = connection.activity === 'idle'
  const asksCount = removal.removes > large || removal.rule === 'all'
  const agreed = !asksCount || typed.replace(/[\s,.]/g, '') === String(removal.removes)
  const busy = confirm.isPending || reject.isPending
  return (
    <Dialog
      wide
      open
      onClose={onClose}
      title={
        <>
          Remove {plural(removal.removes, 'record')} of <Text>{removal.title}</Text>?
        </>
      }
      footer={
        <>
          <Button className="mr-auto" onClick={onClose}>
            Decide later
          </Button>
          {removal.rejected_at === null && (
            <Button asksAgent busy={reject.isPending} disabled={busy} onClick={() => reject.mutate(decision)}>
              They still exist
            </Button>
          )}
          <Button look="danger" asksAgent busy={confirm.isPending} disabled={busy || !agreed || !idle} onClick={() => confirm.mutate(decision)}>
            They are gone: sync and remove
          </Button>
        </>
      }
    >
      {changed && (
        <p role="status" className="rounded-md bg-warn-soft p-3 text-text">
          A sync has found another list since you opened this. Look at it again before you decide.
        </p>
      )}
      <p>
        <Sentence>{removal.explanation}</Sentence>
      </p>
      <HeldRecords connection={connection.id} removal={removal} />
      <ul className="list-disc space-y-1 pl-5 marker:text-faint">
        <li>
          <strong className="font-medium text-text">They are gone:</strong> a new sync starts and removes those that it still does not find. Their
          earlier versions stay in the history.
        </li>
        <li>
          <strong className="font-medium text-text">They still exist:</strong> Plumbline keeps them. The read counts as incomplete until{' '}
          <Text>{connection.connector_name}</Text> lists them again.
        </li>
      </ul>
      {asksCount && (
        <FieldFrame id="held-count" label={`To remove them, type how many there are: ${count(removal.removes)}`} required>
          <TextInput id="held-count" inputMode="numeric" value={typed} onChange={(event) => setTyped(event.target.value)} className="tabular w-40!" />
        </FieldFrame>
      )}
      {!idle && <p className="text-warn">A sync of {connection.alias} is on its way. Decide when it has ended: it may find them again.</p>}
      {failed !== null && (
        <p role="alert" className="text-bad">
          <Sentence>{statement(asProblem(failed).message)}</Sentence> <Sentence>{asProblem(failed).remedy}</Sentence>
        </p>
      )}
    </Dialog>
  )
}
