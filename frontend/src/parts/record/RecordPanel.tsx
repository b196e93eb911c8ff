import { ChevronDown, ChevronUp, ExternalLink, Link2 } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { RecordDetail, RecordRef } from '@/api/records'
import { copyText } from '@/lib/copy'
import { recordPath } from '@/lib/paths'
import { kindWord } from '@/lib/words'
import { useRecord } from '@/parts/records/queries'
import { Beside } from '@/ui/Beside'
import { IconButton } from '@/ui/Button'
import { Tag } from '@/ui/Chip'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { RecordBody, StateChip } from './RecordBody'
import { CopyButton } from './VendorDocument'

interface Props {
  of: RecordRef
  /** The moment it is shown as of; '' is now. */
  on: string
  onClose: () => void
  onPrevious?: () => void
  onNext?: () => void
  /** Counts up to have the panel take the focus. */
  focus?: number
  /** Comes before what is known of the record. */
  lead?: ReactNode
}

/** A record beside the list it was opened from. */
export function RecordPanel(props: Props) {
  const { of, on, onClose, focus, lead } = props
  const query = useRecord(of, on)
  return (
    <Beside
      of={of.key}
      title={query.data?.title || of.key}
      label={t('record.panel')}
      content={t('record.content')}
      close={t('record.close')}
      onClose={onClose}
      {...(focus !== undefined && { focus })}
    >
      <Head {...props} record={query.data} />
      {lead}
      {query.data ? (
        <RecordBody of={of} record={query.data} />
      ) : query.isError ? (
        <ErrorState what={t('record.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : (
        <SkeletonRows rows={6} label={t('record.loading')} />
      )}
    </Beside>
  )
}

function Head({ of, on, onPrevious, onNext, record }: Props & { record: RecordDetail | undefined }) {
  const path = recordPath(of, on)
  return (
    <div className="mb-4">
      {record && (
        <div className="mb-2 flex flex-wrap items-center gap-2">
          <StateChip record={record} />
          <Tag>{kindWord(record.kind)}</Tag>
          <span className="min-w-0 font-mono text-xs break-all text-muted">
            <Text>{record.key}</Text>
          </span>
        </div>
      )}
      <div className="flex flex-wrap items-center gap-1.5">
        <RecordActions of={of} on={on} record={record} />
        <Link href={path} className="inline-flex h-7 items-center gap-1.5 rounded-md px-2 text-sm text-accent underline-offset-2 hover:underline">
          <ExternalLink size={13} aria-hidden />
          {t('record.openPage')}
        </Link>
        {(onPrevious ?? onNext) && (
          <span className="ml-auto flex">
            <IconButton label={t('record.previous')} disabled={!onPrevious} onClick={onPrevious}>
              <ChevronUp size={16} aria-hidden />
            </IconButton>
            <IconButton label={t('record.next')} disabled={!onNext} onClick={onNext}>
              <ChevronDown size={16} aria-hidden />
            </IconButton>
          </span>
        )}
      </div>
    </div>
  )
}

/** The address of a record's page, as it is opened from elsewhere. */
const linkTo = (path: string) => {
  const { origin, pathname, hash } = window.location
  return hash.startsWith('#/') ? `${origin}${pathname}#${path}` : origin + path
}

/** What can be taken along of a record: its link, and what is known as JSON. */
export function RecordActions({ of, on, record }: { of: RecordRef; on: string; record: RecordDetail | undefined }) {
  return (
    <>
      <IconButton
        label={t('record.copyLink')}
        onClick={() =>
          void copyText(linkTo(recordPath(of, on))).then((done) =>
            done ? notify.done(t('record.linkCopied')) : notify.failed(t('record.notCopied'), t('record.notCopiedWhy')),
          )
        }
      >
        <Link2 size={15} aria-hidden />
      </IconButton>
      {record && <CopyButton title={t('record.copyJson')} text={() => JSON.stringify(record.record ?? record.last ?? record, null, 2)} />}
    </>
  )
}
