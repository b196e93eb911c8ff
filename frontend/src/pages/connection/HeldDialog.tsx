import { useState } from 'react'
import { useConfirmRemoval, useRejectRemoval } from '@/api/actions'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus, HeldRemoval } from '@/api/types'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { FieldFrame, TextInput } from '@/ui/Field'
import { Sentence, Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
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
  const confirm = useConfirmRemoval(done(t('connection.held.syncing', { alias: connection.alias })))
  const reject = useRejectRemoval(done(t('connection.held.keptDone', { count: removal.removes })))
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
        <Text>{t('connection.held.title', { count: removal.removes, title: removal.title })}</Text>
      }
      footer={
        <>
          <Button className="mr-auto" onClick={onClose}>
            {t('connection.held.later')}
          </Button>
          {removal.rejected_at === null && (
            <Button asksAgent busy={reject.isPending} disabled={busy} onClick={() => reject.mutate(decision)}>
              {t('connection.held.stillExist')}
            </Button>
          )}
          <Button look="danger" asksAgent busy={confirm.isPending} disabled={busy || !agreed || !idle} onClick={() => confirm.mutate(decision)}>
            {t('connection.held.gone')}
          </Button>
        </>
      }
    >
      {changed && (
        <p role="status" className="rounded-md bg-warn-soft p-3 text-text">
          {t('connection.held.changed')}
        </p>
      )}
      <p>
        <Sentence>{removal.explanation}</Sentence>
      </p>
      <HeldRecords connection={connection.id} alias={connection.alias} removal={removal} />
      <ul className="list-disc space-y-1 pl-5 marker:text-faint">
        <li>
          <strong className="font-medium text-text">{t('connection.held.goneTerm')}</strong> {t('connection.held.goneAbout')}
        </li>
        <li>
          <strong className="font-medium text-text">{t('connection.held.existTerm')}</strong>{' '}
          <Sentence>{t('connection.held.existAbout', { connector: connection.connector_name })}</Sentence>
        </li>
      </ul>
      {asksCount && (
        <FieldFrame id="held-count" label={t('connection.held.type', { count: removal.removes })} required>
          <TextInput id="held-count" inputMode="numeric" value={typed} onChange={(event) => setTyped(event.target.value)} className="tabular w-40!" />
        </FieldFrame>
      )}
      {!idle && <p className="text-warn">{t('connection.held.running', { alias: connection.alias })}</p>}
      {failed !== null && (
        <p role="alert" className="text-bad">
          <Sentence>{statement(asProblem(failed).message)}</Sentence> <Sentence>{asProblem(failed).remedy}</Sentence>
        </p>
      )}
    </Dialog>
  )
}
