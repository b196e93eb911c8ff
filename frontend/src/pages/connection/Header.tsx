import { Pencil, Play, Plug, RefreshCw, Trash2 } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import type { ConnectionStatus } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { scheduleWords } from '@/lib/schedule'
import { disconnectEntry, pauseEntry, useConnectionVerbs } from '@/parts/connectionMenu'
import { DisconnectDialog } from '@/parts/DisconnectDialog'
import { CancelRunButton } from '@/parts/run/CancelRunButton'
import { HealthChip } from '@/parts/HealthChip'
import { PeopleWarning } from '@/parts/impact/PeopleWarning'
import { useImpact } from '@/parts/impact/queries'
import { TrustChip } from '@/parts/TrustChip'
import { Button, ButtonLink } from '@/ui/Button'
import { KeepFocus } from '@/ui/KeepFocus'
import { Mark } from '@/ui/Mark'
import { ActionMenu } from '@/ui/Menu'
import { useOffline } from '@/ui/offline'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { useKeys } from '@/ui/useKeys'
import { t } from '@/words'

export function Header({ connection }: { connection: ConnectionStatus }) {
  return (
    <header>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-3">
        <div className="flex min-w-0 items-center gap-3">
          <Mark name={connection.connector_name} size="lg" />
          <div className="min-w-0">
            <div className="flex flex-wrap items-center gap-x-2">
              <h1 className="text-xl font-semibold tracking-tight">{connection.alias}</h1>
              <TrustChip connector={connection.connector} trust={connection.connector_trust} />
            </div>
            <p className="text-sm text-muted">
              <Text>{connection.connector_name}</Text>
              {connection.last_run?.identity && (
                <>
                  {' '}
                  · {t('connection.header.as')} <Text>{connection.last_run.identity}</Text>
                </>
              )}
              {connection.owner && (
                <>
                  {' '}
                  · {t('connection.header.owner')} <Text>{connection.owner}</Text>
                </>
              )}
            </p>
          </div>
        </div>
        <Actions connection={connection} />
      </div>
      <Leavers connection={connection} />
      <div className="mt-5 flex flex-wrap gap-x-12 gap-y-4 border-t border-line py-4">
        <Verdict connection={connection} />
        {!connection.disconnection && (
          <dl className="flex flex-wrap gap-x-10 gap-y-3">
            <Fact title={t('connection.header.lastSuccess')}>
              <Time at={connection.last_success_at} missing={t('connection.header.never')} />
            </Fact>
            <Fact title={t('connection.header.nextRun')}>
              <NextRun connection={connection} />
            </Fact>
            <Fact title={t('connection.header.schedule')}>
              <ScheduleWord cron={connection.schedule} />
            </Fact>
          </dl>
        )}
      </div>
    </header>
  )
}

/** Those on whom the credential depends and who left, or are about to; nothing while all stay. */
function Leavers({ connection }: { connection: ConnectionStatus }) {
  const people = useImpact(connection.id).data?.credential.people.filter((person) => person.state !== 'stays') ?? []
  if (people.length === 0) return null
  return (
    <ul aria-label={t('connection.people.label')} className="mt-3 space-y-2 text-sm">
      <PeopleWarning people={people} />
    </ul>
  )
}

function Verdict({ connection }: { connection: ConnectionStatus }) {
  return (
    <div className="min-w-64 flex-1">
      <HealthChip verdict={connection} />
      <p className="mt-2 max-w-2xl">
        <Sentence>{connection.explanation}</Sentence>
      </p>
      {connection.remedy && (
        <p className="mt-0.5 max-w-2xl text-muted">
          <Sentence>{connection.remedy}</Sentence>
        </p>
      )}
      {connection.notices.map((notice) => (
        <p key={notice.code} className="mt-2 max-w-2xl border-l-2 border-warn pl-3" data-notice={notice.code}>
          <Sentence>{`${notice.message}.`}</Sentence>{' '}
          <span className="text-muted">
            <Sentence>{notice.remedy}</Sentence>
          </span>
        </p>
      ))}
    </div>
  )
}

function NextRun({ connection }: { connection: ConnectionStatus }) {
  const offline = useOffline()
  if (connection.paused) return t('connection.header.paused')
  if (offline) return t('connection.header.notKnown')
  return <Time at={connection.next_run_at} missing={connection.schedule ? '–' : t('connection.header.whenAsked')} />
}

function ScheduleWord({ cron }: { cron: string }) {
  const words = scheduleWords(cron)
  return words ? <span title={cron}>{words}</span> : <code className="font-mono text-xs">{cron}</code>
}

function Fact({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-muted">{title}</dt>
      <dd className="mt-1 text-sm whitespace-nowrap">{children}</dd>
    </div>
  )
}

function Actions({ connection }: { connection: ConnectionStatus }) {
  const [, navigate] = useLocation()
  const [ending, setEnding] = useState(false)
  const verbs = useConnectionVerbs(connection)
  const ended = Boolean(connection.disconnection)
  const idle = connection.activity === 'idle'
  useKeys({
    sync: idle && !ended && !verbs.busy ? verbs.sync : undefined,
    pause: ended ? undefined : connection.paused ? verbs.resume : verbs.pause,
  })
  return (
    <div className="flex flex-wrap items-center gap-2">
      {ended ? (
        <>
          <ButtonLink look="primary" href={`${connectionPath(connection)}/reconnect`} icon={<Plug size={14} aria-hidden />}>
            {t('connection.header.reconnect')}
          </ButtonLink>
          <Button look="danger" icon={<Trash2 size={14} aria-hidden />} onClick={() => setEnding(true)}>
            {t('connection.header.deleteHistory')}
          </Button>
        </>
      ) : (
        <>
          <RunButtons connection={connection} verbs={verbs} />
          <ButtonLink href={`${connectionPath(connection)}/edit`} icon={<Pencil size={14} aria-hidden />}>
            {t('connection.header.edit')}
          </ButtonLink>
          <ActionMenu
            label={t('connection.header.more', { alias: connection.alias })}
            entries={[pauseEntry(connection, verbs), disconnectEntry(() => setEnding(true))]}
          />
        </>
      )}
      <DisconnectDialog
        key={String(ended)}
        connection={{ ...connection, records: connection.streams.reduce((sum, stream) => sum + stream.records, 0) }}
        open={ending}
        onClose={() => setEnding(false)}
        onEnded={(history) => history === 'delete' && navigate('/connections')}
      />
    </div>
  )
}

function RunButtons({ connection, verbs }: { connection: ConnectionStatus; verbs: ReturnType<typeof useConnectionVerbs> }) {
  const stopped = connection.paused?.by === 'host'
  return (
    <>
      {stopped && (
        <Button look="primary" asksAgent icon={<Play size={14} aria-hidden />} busy={verbs.busy} onClick={verbs.resume}>
          {t('connection.header.resume')}
        </Button>
      )}
      <KeepFocus>
        {connection.activity === 'idle' ? (
          <Button
            look={stopped ? 'secondary' : 'primary'}
            asksAgent
            icon={<RefreshCw size={14} aria-hidden />}
            busy={verbs.busy}
            onClick={() => verbs.sync()}
          >
            {t('connection.header.sync')}
          </Button>
        ) : (
          <CancelRunButton run={connection.last_run?.id} />
        )}
      </KeepFocus>
    </>
  )
}
