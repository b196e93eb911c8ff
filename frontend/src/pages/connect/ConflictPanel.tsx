import { useEffect, useRef } from 'react'
import type { ConnectionStatus } from '@/api/types'
import { Button } from '@/ui/Button'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { changesOf, heldBy, type Change } from './changes'
import { ChangeTable } from './ChangeTable'
import type { Conflict, ConnectionForm } from './useConnectionForm'

interface Props {
  form: ConnectionForm
  conflict: Conflict
  /** The connection that the form was opened with. */
  edited: ConnectionStatus
  onTheirs: (() => void) | undefined
}

/** A save met an edit that was made elsewhere: both versions, at the buttons that were pressed, with the focus. */
export function ConflictPanel({ form, conflict, edited, onTheirs }: Props) {
  const panel = useRef<HTMLDivElement>(null)
  useEffect(() => {
    panel.current?.focus({ preventScroll: true })
    panel.current?.scrollIntoView({ block: 'center' })
  }, [conflict])
  const { rows, theirs } = versions(form, conflict.theirs, edited)
  return (
    <div ref={panel} role="alert" tabIndex={-1} aria-labelledby="conflict-title" className="rounded-lg border border-warn-solid bg-panel p-4 text-sm">
      <h2 id="conflict-title" className="font-semibold">
        {t('connect.conflict.title', { alias: edited.alias })} <Time at={conflict.theirs.updated_at} />
      </h2>
      <p className="mt-1 text-muted">{t('connect.conflict.text')}</p>
      {rows.length > 0 && (
        <div className="mt-3 overflow-x-auto">
          <ChangeTable changes={rows} theirs={theirs} />
        </div>
      )}
      <div className="mt-3 flex flex-wrap gap-2">
        <Button size="sm" look="primary" asksAgent onClick={() => void form.overwrite()}>
          {t('connect.conflict.mine')}
        </Button>
        {onTheirs && (
          <Button size="sm" asksAgent onClick={onTheirs}>
            {t('connect.conflict.theirs')}
          </Button>
        )}
      </div>
    </div>
  )
}

/** Every field that either side changed, and what it is on the other side. */
function versions(form: ConnectionForm, current: ConnectionStatus, edited: ConnectionStatus) {
  const mine = changesOf(form.fields, heldBy(edited, form.fields), form)
  const others = changesOf(form.fields, heldBy(edited, form.fields), heldBy(current, form.fields))
  const theirs = new Map<string, string>([...mine.map((c): [string, string] => [c.path, c.before]), ...others.map((c): [string, string] => [c.path, c.after])])
  const untouched = others.filter((c) => !mine.some((m) => m.path === c.path)).map((c): Change => ({ ...c, after: c.before }))
  return { rows: [...mine, ...untouched], theirs }
}
