import { Clock, LoaderCircle } from 'lucide-react'
import type { ConnectionItem } from '@/api/types'
import { visible } from '@/lib/visible'
import { useOffline } from '@/ui/offline'
import { Text } from '@/ui/Text'
import { ordinal, queueSentence } from './queue'

type Subject = Pick<ConnectionItem, 'activity' | 'last_run'>

/** What a connection is doing now, which is not how well it is: the step that runs, or its place in the queue. */
export function Activity({ connection }: { connection: Subject }) {
  const offline = useOffline()
  if (offline) return <span className="text-faint">{connection.activity === 'idle' ? 'Not known' : `Was ${connection.activity}`}</span>
  if (connection.activity === 'queued') {
    return (
      <span className="inline-flex items-center gap-1.5 whitespace-nowrap text-muted" title={visible(queueSentence(connection.last_run), 300)}>
        <Clock size={14} aria-hidden /> Queued{place(connection.last_run)}
      </span>
    )
  }
  if (connection.activity !== 'running') return <span className="text-faint">Idle</span>
  return (
    <span className="inline-flex max-w-44 items-center gap-1.5 text-accent">
      <LoaderCircle size={14} aria-hidden className="shrink-0 animate-spin" />
      <span className="truncate">
        <Text>{connection.last_run?.step ?? 'Running'}</Text>
      </span>
    </span>
  )
}

function place(run: ConnectionItem['last_run']): string {
  return run?.queue ? `, ${ordinal(run.queue.position)}` : ''
}
