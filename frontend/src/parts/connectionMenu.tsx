import { Pause, Pencil, Play, RefreshCw, Unplug } from 'lucide-react'
import { usePause, useResume, useSync } from '@/api/actions'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus } from '@/api/types'
import type { MenuEntry } from '@/ui/Menu'
import { notify } from '@/ui/Toasts'

type Subject = Pick<ConnectionStatus, 'id' | 'alias' | 'paused' | 'activity'>

/** The verbs of one connection. Each says whether it was done. */
export function useConnectionVerbs({ id, alias }: Subject) {
  const tell = (done: string, undone: string) => ({
    onDone: () => notify.done(`${alias} ${done}`),
    onFailed: (error: unknown) => {
      const problem = asProblem(error)
      notify.failed(`${alias} could not be ${undone}`, [problem.message, problem.remedy].filter(Boolean).join(' '))
    },
  })
  const sync = useSync(tell('is syncing', 'synced'))
  const pause = usePause(tell('is paused', 'paused'))
  const resume = useResume(tell('is resumed', 'resumed'))
  return {
    busy: sync.isPending || pause.isPending || resume.isPending,
    sync: () => sync.mutate(id),
    pause: () => pause.mutate(id),
    resume: () => resume.mutate(id),
  }
}

type Verbs = ReturnType<typeof useConnectionVerbs>

export const syncEntry = (connection: Subject, verbs: Verbs): MenuEntry[] =>
  connection.activity === 'idle'
    ? [{ id: 'sync', title: 'Sync now', icon: <RefreshCw size={14} aria-hidden />, asksAgent: true, onSelect: () => verbs.sync() }]
    : []

export const pauseEntry = (connection: Subject, verbs: Verbs): MenuEntry =>
  connection.paused
    ? { id: 'resume', title: 'Resume', icon: <Play size={14} aria-hidden />, asksAgent: true, onSelect: verbs.resume }
    : { id: 'pause', title: 'Pause', icon: <Pause size={14} aria-hidden />, asksAgent: true, onSelect: verbs.pause }

export const editEntry = (onSelect: () => void): MenuEntry => ({ id: 'edit', title: 'Edit', icon: <Pencil size={14} aria-hidden />, onSelect })

export const disconnectEntry = (onSelect: () => void): MenuEntry => ({
  id: 'disconnect',
  title: 'Disconnect…',
  icon: <Unplug size={14} aria-hidden />,
  danger: true,
  onSelect,
})
