import { CalendarClock, CircleAlert, CircleCheck, Download, Pause, Play, RefreshCw, UserRound, X, type LucideIcon } from 'lucide-react'
import { useState } from 'react'
import { getAllConnections, type ConnectionFilter } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import { saveFile } from '@/lib/saveFile'
import { Button, IconButton } from '@/ui/Button'
import { Sentence, Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import type { BulkKind } from './bulk'
import { BulkDialog } from './BulkDialog'
import { connectionsCsv } from './exported'
import type { Bulk, BulkRun } from './useBulk'
import type { Selection } from './useSelection'

interface Props {
  bulk: Bulk
  selection: Selection
  filter: ConnectionFilter
  matched: number
  owners: string[]
}

const actions: { kind: BulkKind; Icon: LucideIcon }[] = [
  { kind: 'sync', Icon: RefreshCw },
  { kind: 'pause', Icon: Pause },
  { kind: 'resume', Icon: Play },
  { kind: 'schedule', Icon: CalendarClock },
  { kind: 'owner', Icon: UserRound },
]

/** What is selected and what can be done to it; then how far that is, and what became of it. */
export function BulkBar({ bulk, selection, filter, matched, owners }: Props) {
  const [asking, setAsking] = useState<BulkKind>()
  const { items } = selection
  const all = useSelectAll(filter, selection)
  if (items.length === 0 && !bulk.run) return null
  return (
    <section aria-label={t('connections.bulk')} className="sticky bottom-4 z-10 mt-4 flex justify-center">
      <div className="w-full max-w-6xl rounded-xl bg-panel p-2 shadow-pop">
        {bulk.run && <Report bulk={bulk} run={bulk.run} />}
        {items.length > 0 && !bulk.run?.running && (
          <div className="flex flex-wrap items-center gap-1.5">
            <p className="tabular px-2 text-sm font-medium">{t('connections.selected', { count: items.length })}</p>
            {items.length < matched && (
              <Button size="sm" look="ghost" asksAgent busy={all.busy} onClick={all.go}>
                {t('connections.select_all', { count: matched })}
              </Button>
            )}
            <Button size="sm" look="ghost" onClick={selection.clear}>
              {t('connections.select_none')}
            </Button>
            <span className="mx-1 hidden h-5 w-px bg-line md:block" />
            {actions.map(({ kind, Icon }) => (
              <Button key={kind} size="sm" asksAgent icon={<Icon size={14} aria-hidden />} onClick={() => setAsking(kind)}>
                {t(`connections.bulk_${kind}`)}
              </Button>
            ))}
            <Button
              size="sm"
              icon={<Download size={14} aria-hidden />}
              onClick={() => {
                saveFile(`connections-${new Date().toISOString().slice(0, 10)}.csv`, 'text/csv', connectionsCsv(items))
                notify.done(t('connections.exported', { count: items.length }))
              }}
            >
              {t('connections.bulk_export')}
            </Button>
          </div>
        )}
      </div>
      {asking && <BulkDialog kind={asking} items={items} owners={owners} onClose={() => setAsking(undefined)} onGo={bulk.begin} />}
    </section>
  )
}

/** Selects everything that the filter selects, on every page. */
function useSelectAll(filter: ConnectionFilter, selection: Selection) {
  const [busy, setBusy] = useState(false)
  const go = async () => {
    setBusy(true)
    try {
      selection.change(await getAllConnections(filter), true)
    } catch (error) {
      notify.failed(t('connections.failed'), asProblem(error).message)
    } finally {
      setBusy(false)
    }
  }
  return { busy, go: () => void go() }
}

function Report({ bulk, run }: { bulk: Bulk; run: BulkRun }) {
  const over = run.done.length + run.failed.length
  if (run.running) {
    return (
      <div className="flex items-center gap-3 px-2 py-1">
        <progress aria-label={t('connections.doing_label')} value={over} max={run.total} className="h-1.5 flex-1 accent-(--accent-solid)" />
        <p className="tabular text-sm text-muted">{t('connections.doing', { done: over, total: run.total })}</p>
        <Button size="sm" onClick={bulk.cancel}>
          {t('common.cancel')}
        </Button>
      </div>
    )
  }
  const done = run.undoing ? 'undo' : run.action.kind
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-1 px-2 py-1 text-sm">
      {run.failed.length > 0 ? (
        <CircleAlert size={16} aria-hidden className="mt-1.5 shrink-0 text-bad" />
      ) : (
        <CircleCheck size={16} aria-hidden className="mt-1.5 shrink-0 text-ok" />
      )}
      <div role="status" className="min-w-0 flex-1 py-1">
        <p className="font-medium">
          {t(`connections.done_${done}`, { count: run.done.length })} {run.left > 0 && t('connections.not_begun', { count: run.left })}
        </p>
        {run.failed.length > 0 && (
          <>
            <p className="mt-1 text-bad">{t('connections.failed_count', { count: run.failed.length })}</p>
            <ul className="max-h-40 list-disc overflow-y-auto pl-5">
              {run.failed.map(({ item, message }) => (
                <li key={item.id}>
                  <span className="font-medium">
                    <Text>{item.alias}</Text>
                  </span>
                  : <Sentence>{message}</Sentence>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
      {run.failed.length > 0 && (
        <Button size="sm" asksAgent onClick={() => void bulk.retry()}>
          {t('connections.retry_failed', { count: run.failed.length })}
        </Button>
      )}
      {!run.undoing && run.action.kind !== 'sync' && run.done.length > 0 && (
        <Button size="sm" asksAgent onClick={() => void bulk.undo()}>
          {t('connections.undo')}
        </Button>
      )}
      <IconButton label={t('common.close')} onClick={bulk.close}>
        <X size={14} aria-hidden />
      </IconButton>
    </div>
  )
}
