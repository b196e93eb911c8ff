import { asProblem } from '@/api/problem'
import type { RecordRef } from '@/api/records'
import { recordOf } from '@/lib/paths'
import { visible } from '@/lib/visible'
import { kindWord } from '@/lib/words'
import { RecordBody, StateChip } from '@/parts/record/RecordBody'
import { RecordActions } from '@/parts/record/RecordPanel'
import { AsOf } from '@/parts/records/AsOf'
import { askedMoment, momentWords } from '@/parts/records/listState'
import { useRecord } from '@/parts/records/queries'
import { ButtonLink } from '@/ui/Button'
import { Tag } from '@/ui/Chip'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { usePath, useUrl } from '@/ui/useUrl'
import { useNow } from '@/ui/useNow'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'

/** One record at an address of its own, as it is or was. */
export default function RecordPage() {
  const ref = recordOf(usePath())
  if (!ref) {
    return (
      <EmptyState heading="h1" title={t('record.badLink')}>
        {t('record.badLinkWhy')}
      </EmptyState>
    )
  }
  return <Page of={ref} />
}

function Page({ of }: { of: RecordRef }) {
  const { one, set } = useUrl()
  const on = one('on')
  const now = useNow()
  const query = useRecord(of, on)
  const record = query.data
  const title = record?.title || of.key
  useTitle(title)
  if (query.isError) {
    if (asProblem(query.error).code === 'not_found') return <Missing of={of} />
    return <ErrorState heading="h1" what={t('record.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  }
  const past = askedMoment(on, now)
  return (
    <div data-record={of.key}>
      <header className="mb-6 flex flex-wrap items-start justify-between gap-x-6 gap-y-3 border-b border-line pb-4">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight break-words">
            <Text>{title}</Text>
          </h1>
          <div className="mt-1.5 flex flex-wrap items-center gap-2">
            {record && <StateChip record={record} />}
            {record && <Tag>{kindWord(record.kind)}</Tag>}
            <span className="font-mono text-xs break-all text-muted">
              <Text>{of.key}</Text>
            </span>
          </div>
          {on && (
            <p className="mt-2 text-sm text-muted" role="status">
              {past ? t('record.shownAsOf', { moment: momentWords(on, now, record?.as_of ?? past) }) : t('record.shownNow', { moment: momentWords(on, now, new Date(now).toISOString()) })}
            </p>
          )}
        </div>
        <div className="flex flex-wrap items-center gap-1.5">
          <AsOf on={on} onChange={(next) => set({ on: next })} />
          <RecordActions of={of} on={on} record={record} />
        </div>
      </header>
      {record ? <RecordBody of={of} record={record} heading="h2" /> : <SkeletonRows rows={8} label={t('record.loading')} />}
    </div>
  )
}

function Missing({ of }: { of: RecordRef }) {
  const list = `/connections/${encodeURIComponent(of.connection)}/data?${new URLSearchParams({ stream: of.stream }).toString()}`
  return (
    <EmptyState heading="h1" title={visible(t('record.missing', { key: of.key }), 200)} action={<ButtonLink href={list}>{t('record.missingGo')}</ButtonLink>}>
      {t('record.missingWhy')}
    </EmptyState>
  )
}
