import { ChevronDown, ChevronUp, ExternalLink, Link2, X } from 'lucide-react'
import { useEffect, useRef, type ReactNode } from 'react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { RecordDetail, RecordRef } from '@/api/records'
import { copyText } from '@/lib/copy'
import { recordPath } from '@/lib/paths'
import { kindWord } from '@/lib/words'
import { useRecord } from '@/parts/records/queries'
import { IconButton } from '@/ui/Button'
import { Tag } from '@/ui/Chip'
import { Drawer } from '@/ui/Dialog'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { useWide } from '@/ui/useWide'
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

/** From this width on the panel stands beside the list; below it covers the page. */
const beside = '70rem'

/** A record beside the list it was opened from. */
export function RecordPanel(props: Props) {
  const wide = useWide(beside)
  const query = useRecord(props.of, props.on)
  const title = query.data?.title || props.of.key
  const content = query.data ? (
    <RecordBody of={props.of} record={query.data} />
  ) : query.isError ? (
    <ErrorState what={t('record.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  ) : (
    <SkeletonRows rows={6} label={t('record.loading')} />
  )
  if (!wide) {
    return (
      <Drawer open onClose={props.onClose} title={<Text>{title}</Text>}>
        <div className="p-5" data-peek={props.of.key}>
          <Head {...props} record={query.data} />
          {props.lead}
          {content}
        </div>
      </Drawer>
    )
  }
  return (
    <Beside title={title} focus={props.focus ?? 0} head={<Head {...props} record={query.data} />} of={props.of} onClose={props.onClose}>
      {props.lead}
      {content}
    </Beside>
  )
}

interface BesideProps {
  title: string
  focus: number
  head: ReactNode
  of: RecordRef
  onClose: () => void
  children: ReactNode
}

function Beside({ title, focus, head, of, onClose, children }: BesideProps) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    if (focus > 0) heading.current?.focus()
  }, [focus])
  return (
    <aside aria-label={t('record.panel')} className="flex w-[min(30rem,45%)] shrink-0 flex-col border-l border-line bg-panel" data-peek={of.key}>
      <div className="flex min-h-12 shrink-0 items-center justify-between gap-3 border-b border-line py-2 pr-2 pl-5">
        <h2 ref={heading} tabIndex={-1} className="min-w-0 truncate text-base font-semibold">
          <Text>{title}</Text>
        </h2>
        <IconButton label={t('record.close')} onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </div>
      <div key={`${of.connection} ${of.stream} ${of.key}`} tabIndex={0} role="region" aria-label={t('record.content')} className="min-h-0 flex-1 overflow-y-auto px-5 py-3 focus-visible:-outline-offset-2">
        {head}
        {children}
      </div>
    </aside>
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
