import { useState } from 'react'
import { Link } from 'wouter'
import { useDisconnect } from '@/api/actions'
import type { Keeping } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { ConnectionItem } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { t } from '@/words'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { FieldFrame, TextInput } from '@/ui/Field'
import { Sentence, Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { ImpactList } from './impact/ImpactList'
import { useImpact } from './impact/queries'

interface Props {
  connection: Pick<ConnectionItem, 'id' | 'alias' | 'connector_name' | 'records' | 'disconnection'>
  open: boolean
  onClose: () => void
  /** It was ended: its history is kept, or everything is gone. */
  onEnded?: (history: Keeping) => void
}

/** Ends a connection. Its history stays unless a person asks for the opposite and types its name. */
export function DisconnectDialog({ connection, open, onClose, onEnded }: Props) {
  const ended = Boolean(connection.disconnection)
  const [history, setHistory] = useState<Keeping>(ended ? 'delete' : 'keep')
  const [typed, setTyped] = useState('')
  const close = () => {
    setTyped('')
    setHistory(ended ? 'delete' : 'keep')
    onClose()
  }
  const end = useDisconnect({
    onDone: (done) => {
      notify.done(t(done.history === 'keep' ? 'connection.ending.kept' : 'connection.ending.deleted', { alias: connection.alias }))
      close()
      onEnded?.(done.history)
    },
  })
  const deletes = history === 'delete'
  return (
    <Dialog
      wide
      open={open}
      onClose={close}
      title={t(ended ? 'connection.ending.titleDelete' : 'connection.ending.title', { alias: connection.alias })}
      footer={
        <>
          <Button onClick={close}>{t('connection.ending.back')}</Button>
          <Button
            look={deletes ? 'danger' : 'primary'}
            asksAgent
            busy={end.isPending}
            disabled={deletes && typed.trim() !== connection.alias}
            onClick={() => end.mutate({ ref: connection.id, history })}
          >
            {t(deletes ? 'connection.ending.delete' : 'connection.ending.disconnect')}
          </Button>
        </>
      }
    >
      <p>
        {t(ended ? 'connection.ending.leadDelete' : 'connection.ending.lead')} {t('connection.ending.source')} <Text>{connection.connector_name}</Text>.
      </p>
      {open && <Depends connection={connection.id} />}
      {!ended && <Choice history={history} onChange={setHistory} records={connection.records} />}
      {deletes && (
        <div className="space-y-3 rounded-md bg-bad-soft p-3 text-text">
          <p>
            {t('connection.ending.forGood', { count: connection.records })}{' '}
            <Link href={`${connectionPath(connection)}/data`} onClick={close} className="text-accent underline underline-offset-2">
              {t('connection.ending.export')}
            </Link>
          </p>
          <FieldFrame id="ending-alias" label={t('connection.ending.type', { alias: connection.alias })} required>
            <TextInput id="ending-alias" value={typed} onChange={(event) => setTyped(event.target.value)} />
          </FieldFrame>
        </div>
      )}
      {end.isError && (
        <p role="alert" className="text-bad">
          <Sentence>{asProblem(end.error).message}</Sentence> <Sentence>{asProblem(end.error).remedy}</Sentence>
        </p>
      )}
    </Dialog>
  )
}

function Depends({ connection }: { connection: string }) {
  const impact = useImpact(connection)
  return (
    <div className="rounded-md border border-line text-text">
      <h3 className="border-b border-line px-3 py-2 text-sm font-medium">{t('connection.impact.title')}</h3>
      <div className="max-h-52 overflow-auto px-3 py-2" tabIndex={0} role="region" aria-label={t('connection.impact.title')}>
        {impact.data ? (
          <ImpactList impact={impact.data} />
        ) : (
          <p className="text-sm text-muted" role="status">
            {impact.isError ? t('connection.impact.unknown') : t('connection.impact.loading')}
          </p>
        )}
      </div>
    </div>
  )
}

function Choice({ history, onChange, records }: { history: Keeping; onChange: (history: Keeping) => void; records: number }) {
  const option = (value: Keeping, title: string, about: string) => (
    <label className="flex cursor-pointer gap-3 px-3 py-2.5 has-checked:bg-sunken">
      <input
        type="radio"
        name="history"
        value={value}
        checked={history === value}
        onChange={() => onChange(value)}
        className="mt-1 size-4 shrink-0 accent-(--accent-solid)"
      />
      <span>
        <span className="block font-medium text-text">{title}</span>
        <span className="block text-sm">{about}</span>
      </span>
    </label>
  )
  return (
    <fieldset className="divide-y divide-line overflow-hidden rounded-md border border-line">
      <legend className="sr-only">{t('connection.ending.history')}</legend>
      {option('keep', t('connection.ending.keepTitle'), t('connection.ending.keepAbout', { count: records }))}
      {option('delete', t('connection.ending.deleteTitle'), t('connection.ending.deleteAbout'))}
    </fieldset>
  )
}
