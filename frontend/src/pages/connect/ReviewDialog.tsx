import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { t } from '@/words'
import { ChangeTable } from './ChangeTable'
import type { ConnectionForm } from './useConnectionForm'

/** What a save would change, to be read before it is made. */
export function ReviewDialog({ form, alias }: { form: ConnectionForm; alias: string }) {
  return (
    <Dialog
      wide
      open={form.review !== undefined}
      onClose={form.cancelReview}
      title={t('connect.changes.title', { alias, count: form.changes.length })}
      footer={
        <>
          <Button onClick={form.cancelReview}>{t('connect.changes.back')}</Button>
          <Button look="primary" asksAgent onClick={() => void form.confirm()}>
            {form.review === 'sync' ? t('connect.save_and_sync') : t('common.save')}
          </Button>
        </>
      }
    >
      <ChangeTable changes={form.changes} />
    </Dialog>
  )
}
