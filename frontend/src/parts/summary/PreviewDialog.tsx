import type { ReactNode } from 'react'
import { asProblem } from '@/api/problem'
import type { SummaryPreview } from '@/api/types'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { usePreview } from './queries'

/** The one request that Generate would send, to its last byte. */
export function PreviewDialog({ connection, open, onClose }: { connection: string; open: boolean; onClose: () => void }) {
  const query = usePreview(connection, open)
  return (
    <Dialog wide open={open} onClose={onClose} title={t('summary.sent.title')} footer={<Button onClick={onClose}>{t('summary.sent.close')}</Button>}>
      <p>{t('summary.sent.about')}</p>
      {query.data ? (
        <Request preview={query.data} />
      ) : query.error ? (
        <ErrorState what={t('summary.sent.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : (
        <SkeletonRows rows={3} label={t('summary.sent.loading')} />
      )}
    </Dialog>
  )
}

function Request({ preview }: { preview: SummaryPreview }) {
  const replaced = preview.redacted.map(({ kind, count }) => t(`summary.sent.kind.${kind}`, { count }))
  return (
    <div className="space-y-3 text-sm text-text" data-preview={preview.sha256}>
      <dl className="grid gap-x-4 gap-y-1 sm:grid-cols-[8rem_minmax(0,1fr)]">
        <dt className="text-muted">{t('summary.sent.to')}</dt>
        <dd className="font-mono text-xs break-all">
          <Text>{preview.url}</Text>
        </dd>
        <dt className="text-muted">{t('summary.sent.headers')}</dt>
        <dd className="font-mono text-xs break-all">
          {preview.headers.map(({ name, value }) => (
            <span key={name} className="block">
              <Text>{`${name}: ${value}`}</Text>
            </span>
          ))}
        </dd>
        <dt className="text-muted">{t('summary.sent.replaced')}</dt>
        <dd>{replaced.length > 0 ? replaced.join(', ') : t('summary.sent.nothing')}</dd>
      </dl>
      {preview.omitted_lines > 0 && <p className="text-muted">{t('summary.sent.omitted', { count: preview.omitted_lines })}</p>}
      <Part title={t('summary.sent.message')} open>
        {preview.message}
      </Part>
      <Part title={t('summary.sent.instructions')}>{preview.system}</Part>
      <Part title={t('summary.sent.body')}>{preview.body}</Part>
    </div>
  )
}

function Part({ title, open = false, children }: { title: ReactNode; open?: boolean; children: string }) {
  return (
    <details open={open}>
      <summary className="cursor-pointer py-1 font-medium">{title}</summary>
      <pre tabIndex={0} className="max-h-72 overflow-auto rounded-md bg-sunken p-3 font-mono text-xs break-all whitespace-pre-wrap">
        <Text lines>{children}</Text>
      </pre>
    </details>
  )
}
