import { Clock, LoaderCircle } from 'lucide-react'
import type { ConnectionStatus } from '@/api/types'
import { ordinal, queueSentence } from './queue'

/** What a connection is doing now, which is not how well it is. */
export function Activity({ connection }: { connection: Pick<ConnectionStatus, 'activity' | 'last_run'> }) {
  if (connection.activity === 'queued') {
    return (
      <span className="inline-flex items-center gap-1.5 whitespace-nowrap text-muted" title={queueSentence(connection.last_run)}>
        <Clock size={14} aria-hidden /> Queued{place(connection.last_run)}
      </span>
    )
  }
  if (connection.activity !== 'running') return <span className="text-faint">Idle</span>
  return (
    <span className="tabular inline-flex items-center gap-1.5 whitespace-nowrap text-accent">
      <LoaderCircle size={14} aria-hidden className="animate-spin" /> {progress(connection.last_run)}
    </span>
  )
}

function place(run: ConnectionStatus['last_run']): string {
  return run?.queue ? `, ${ordinal(run.queue.position)}` : ''
}

function progress(run: ConnectionStatus['last_run']): string {
  const steps = run?.steps ?? []
  const at = steps.findIndex((step) => step.status === 'running')
  return at < 0 ? 'Running' : `Step ${at + 1} of ${steps.length}`
}
