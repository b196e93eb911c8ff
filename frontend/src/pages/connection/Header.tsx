import { Pencil, Play, RefreshCw, Square } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useLocation } from 'wouter'
import { useCancelRun } from '@/api/actions'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { scheduleWords } from '@/lib/schedule'
import { pauseEntry, removeEntry, useConnectionVerbs } from '@/parts/connectionMenu'
import { HealthChip } from '@/parts/HealthChip'
import { RemoveDialog } from '@/parts/RemoveDialog'
import { TrustChip } from '@/parts/TrustChip'
import { Button, ButtonLink } from '@/ui/Button'
import { Mark } from '@/ui/Mark'
import { ActionMenu } from '@/ui/Menu'
import { useOffline } from '@/ui/offline'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { notify } from '@/ui/Toasts'

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
                  · as <Text>{connection.last_run.identity}</Text>
                </>
              )}
            </p>
          </div>
        </div>
        <Actions connection={connection} />
      </div>
      <div className="mt-5 flex flex-wrap gap-x-12 gap-y-4 border-y border-line py-4">
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
        <dl className="flex flex-wrap gap-x-10 gap-y-3">
          <Fact title="Last success">
            <Time at={connection.last_success_at} missing="Never" />
          </Fact>
          <Fact title="Next run">
            <NextRun connection={connection} />
          </Fact>
          <Fact title="Schedule">
            <ScheduleWord cron={connection.schedule} />
          </Fact>
        </dl>
      </div>
    </header>
  )
}

function NextRun({ connection }: { connection: ConnectionStatus }) {
  const offline = useOffline()
  if (connection.paused) return 'Paused'
  if (offline) return 'Not known'
  return <Time at={connection.next_run_at} missing={connection.schedule ? '–' : 'When asked'} />
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
  const [removing, setRemoving] = useState(false)
  const verbs = useConnectionVerbs(connection)
  const edit = `${connectionPath(connection)}/edit`
  return (
    <div className="flex items-center gap-2">
      {connection.paused?.by === 'host' && (
        <Button look="primary" asksAgent icon={<Play size={14} aria-hidden />} busy={verbs.busy} onClick={verbs.resume}>
          Resume
        </Button>
      )}
      {connection.activity === 'idle' ? (
        <Button
          look={connection.paused?.by === 'host' ? 'secondary' : 'primary'}
          asksAgent
          icon={<RefreshCw size={14} aria-hidden />}
          busy={verbs.busy}
          onClick={() => verbs.sync()}
        >
          Sync now
        </Button>
      ) : (
        <CancelButton connection={connection} />
      )}
      <ButtonLink href={edit} icon={<Pencil size={14} aria-hidden />}>
        Edit
      </ButtonLink>
      <ActionMenu label={`More actions for ${connection.alias}`} entries={[pauseEntry(connection, verbs), removeEntry(() => setRemoving(true))]} />
      <RemoveDialog
        connection={{ ...connection, records: connection.streams.reduce((sum, stream) => sum + stream.records, 0) }}
        open={removing}
        onClose={() => setRemoving(false)}
        onRemoved={() => navigate('/connections')}
      />
    </div>
  )
}

function CancelButton({ connection }: { connection: ConnectionStatus }) {
  const cancel = useCancelRun({ onFailed: (error) => notify.failed('The run could not be cancelled', asProblem(error).message) })
  const run = connection.last_run?.id
  return (
    <Button
      asksAgent
      icon={<Square size={12} aria-hidden />}
      busy={cancel.isPending}
      disabled={!run}
      onClick={() => run && cancel.mutate(run)}
    >
      Cancel run
    </Button>
  )
}
