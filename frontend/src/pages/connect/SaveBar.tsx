import { Button } from '@/ui/Button'
import { offlineReason, useOffline } from '@/ui/offline'
import { t } from '@/words'
import { stageId } from './StageList'
import type { ConnectionForm } from './useConnectionForm'

/** The buttons that save, and what became of the last attempt. They stay in sight. */
export function SaveBar({ form, gone, editing }: { form: ConnectionForm; gone: boolean; editing: boolean }) {
  const busy = form.busy !== '' || gone
  const offline = useOffline()
  return (
    <div className="sticky bottom-0 z-10 -mb-6 border-t border-line bg-bg py-4">
      <h2 id={stageId('save')} tabIndex={-1} className="sr-only">
        {t('connect.stages.save')}
      </h2>
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" look="primary" asksAgent busy={form.busy === 'save'} disabled={busy}>
          {t('connect.save_and_sync')}
        </Button>
        <Button asksAgent disabled={busy} onClick={() => void form.submit('stay')}>
          {t('common.save')}
        </Button>
        <p role="status" className="min-w-0 text-sm text-muted sm:ml-auto">
          <Kept form={form} editing={editing} />
        </p>
      </div>
      {gone && <p className="mt-3 text-sm text-warn">{t('connect.gone.cannot')}</p>}
      {offline && <p className="mt-3 text-sm text-warn">{offlineReason}</p>}
      {form.failed && !busy && !offline && (
        <div className="mt-3 flex flex-wrap items-center justify-between gap-2 text-sm text-muted">
          <p className="min-w-0 flex-1 basis-56">{t('connect.check_failed_save')}</p>
          <Button size="sm" asksAgent onClick={() => void form.saveAnyway()}>
            {t('connect.save_anyway')}
          </Button>
        </div>
      )}
    </div>
  )
}

/** Whether what was entered survives leaving the page. */
function Kept({ form, editing }: { form: ConnectionForm; editing: boolean }) {
  const typed = form.fields.some((f) => f.path.startsWith('secrets.') && form.values[f.path])
  switch (form.draft.state) {
    case 'kept':
      return typed ? t('connect.draft.kept_without') : t('connect.draft.kept')
    case 'failed':
      return <span className="text-warn">{t('connect.draft.failed')}</span>
    case 'waiting':
      return t('connect.draft.waiting')
    case 'none':
      return editing ? '' : t('connect.draft.none')
  }
}
