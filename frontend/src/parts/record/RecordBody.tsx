import { CircleHelp, CircleMinus, CircleCheck } from 'lucide-react'
import { useId, type ReactNode } from 'react'
import { Link } from 'wouter'
import type { RecordDetail, RecordRef } from '@/api/records'
import type { Json } from '@/lib/json'
import { changesPath, connectionPath } from '@/lib/paths'
import { zonedTime } from '@/lib/time'
import { actorWords, healthTone, reasonWord, triggerWord } from '@/lib/words'
import { LinkedTo } from '@/parts/accounts/LinkedTo'
import { TrustChip } from '@/parts/TrustChip'
import { Button } from '@/ui/Button'
import { Chip } from '@/ui/Chip'
import { Sentence, Text } from '@/ui/Text'
import { useKept } from '@/ui/useKept'
import { t } from '@/words'
import { Fields } from './Fields'
import { Moment } from './Moment'
import { VendorDocument } from './VendorDocument'
import { Versions } from './Versions'

interface Props {
  of: RecordRef
  record: RecordDetail
  /** h2 where the record is the page. */
  heading?: 'h2' | 'h3'
}

/** Everything that is known of one record, for a page or a panel of any width. */
export function RecordBody({ of, record, heading = 'h3' }: Props) {
  const [kept, keep] = useKept('meanings')
  const meanings = kept !== 'no'
  return (
    <div className="@container text-sm">
      {record.explanation && (
        <p className="mb-3 rounded-md bg-warn-soft px-3 py-2 text-warn">
          <Sentence>{record.explanation}</Sentence>
        </p>
      )}
      {record.state === 'removed' && record.last && <p className="mb-3 rounded-md bg-sunken px-3 py-2">{t('record.lastVersion')}</p>}
      <div className="grid gap-x-10 @4xl:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div>
          {record.state !== 'absent' && (
            <Part
              heading={heading}
              title={t('record.fields')}
              aside={
                <Button size="sm" look="ghost" onClick={() => keep(meanings ? 'no' : '')}>
                  {meanings ? t('record.hideMeanings') : t('record.showMeanings')}
                </Button>
              }
            >
              <Fields fields={record.fields} system={record.connection.connector_name} meanings={meanings} />
            </Part>
          )}
          {record.vendor !== undefined && (
            <Part heading={heading} title={t('record.vendor.title')}>
              <VendorDocument document={record.vendor as Json} />
            </Part>
          )}
        </div>
        <div>
          {(record.account ?? record.person) && (
            <Part heading={heading} title={t('accounts.linked.title')}>
              <LinkedTo account={record.account} person={record.person} />
            </Part>
          )}
          <Part heading={heading} title={t('record.origin')}>
            <Origin record={record} />
          </Part>
          <Part heading={heading} title={t('record.versions.title', { count: record.versions })}>
            {record.versions === 0 ? (
              <p className="text-muted">{t('record.versions.none')}</p>
            ) : (
              <Versions of={of} fields={record.fields} shown={record.changed_at} />
            )}
          </Part>
        </div>
      </div>
    </div>
  )
}

function Part({ title, heading: Heading, aside, children }: { title: string; heading: 'h2' | 'h3'; aside?: ReactNode; children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="mb-6">
      <div className="mb-1 flex min-h-7 items-center justify-between gap-2">
        <Heading id={id} className="text-sm font-semibold">
          {title}
        </Heading>
        {aside}
      </div>
      {children}
    </section>
  )
}

const states = {
  present: { icon: CircleCheck, tone: 'ok' },
  removed: { icon: CircleMinus, tone: 'bad' },
  absent: { icon: CircleHelp, tone: 'quiet' },
} as const

/** Whether the record existed at the moment, as far as it is known. */
export function StateChip({ record }: { record: RecordDetail }) {
  const { icon: Icon, tone } = states[record.state]
  const on = record.state === 'removed' && record.changed_at
  return (
    <Chip tone={tone} icon={<Icon size={13} aria-hidden />}>
      {on ? t('record.state.removedOn', { moment: zonedTime(record.changed_at ?? '') }) : t(`record.state.${record.state}`)}
    </Chip>
  )
}

/** Who read the record, when, and until when it is known to be true. */
function Origin({ record }: { record: RecordDetail }) {
  const { connection, run } = record
  return (
    <dl className="divide-y divide-line">
      <Fact title={t('record.connection')}>
        <Link href={connectionPath(connection)} className="font-medium underline-offset-2 hover:underline">
          {connection.alias}
        </Link>{' '}
        <span className="text-muted">
          <Text>{connection.connector_name}</Text>
        </span>
        <span className="mt-1 block">
          <Chip tone={healthTone(connection.health, connection.reason)}>{reasonWord(connection.reason)}</Chip>
          <span className="mt-1 block text-xs text-muted">
            <Sentence>{connection.explanation}</Sentence>
          </span>
        </span>
      </Fact>
      <Fact title={t('record.stream')}>
        <Text>{record.stream_title}</Text>
      </Fact>
      {record.read_at && (
        <Fact title={t('record.trueUntil')}>
          <Moment at={record.read_at} />
          <span className="block text-xs text-muted">{t('record.trueUntilWhy')}</span>
        </Fact>
      )}
      {!record.read_at && record.state !== 'absent' && <Fact title={t('record.trueUntil')}>{t('record.neverComplete')}</Fact>}
      {record.changed_at && (
        <Fact title={record.state === 'removed' ? t('record.goneAt') : t('record.storedAt')}>
          <Moment at={record.changed_at} />
        </Fact>
      )}
      {record.first_seen_at && (
        <Fact title={t('record.firstSeen')}>
          <Moment at={record.first_seen_at} />
        </Fact>
      )}
      {run && (
        <Fact title={t('record.readBy')}>
          {run.kept ? (
            <>
              {run.started_at && <Moment at={run.started_at} />}
              <span className="block text-muted">
                <Text>{run.actor ? t('record.startedBy', { actor: actorWords(run.actor) }) : triggerWord(run.trigger ?? '')}</Text>
                {run.connector_version && (
                  <>
                    {' · '}
                    <Text>{`${connection.connector} ${run.connector_version}`}</Text>
                  </>
                )}{' '}
                <TrustChip connector={connection.connector} trust={run.connector_trust} />
              </span>
              <Link href={changesPath({ run: run.id })} className="inline-flex min-h-6 items-center text-accent underline-offset-2 hover:underline">
                {t('record.runChanges')}
              </Link>
            </>
          ) : (
            t('record.runPruned')
          )}
        </Fact>
      )}
    </dl>
  )
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 gap-y-0.5 py-2 @md:grid-cols-[minmax(7rem,10rem)_1fr]">
      <dt className="text-muted">{title}</dt>
      <dd className="min-w-0">{children}</dd>
    </div>
  )
}
