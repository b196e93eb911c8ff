import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { cancelTask, getTasks } from '@/api/host'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import type { Task } from '@/api/types'
import { bytes, count } from '@/lib/numbers'
import { Button } from '@/ui/Button'
import { notify } from '@/ui/Toasts'
import { Time } from '@/ui/Time'
import { t } from '@/words'

/** The latest task of a kind; undefined while there is none. Events of the agent keep it new. */
export function useLatestTask(kind: string): Task | undefined {
  const { data } = useQuery({ queryKey: keys.tasks(kind), queryFn: ({ signal }) => getTasks(kind, signal) })
  return data?.[0]
}

/** Begins a task, which is on the screen at once. */
export function useStartTask<V>(kind: string, start: (variables: V) => Promise<Task>) {
  const cache = useQueryClient()
  return useMutation({ mutationFn: start, onSuccess: (task) => cache.setQueryData(keys.tasks(kind), (old: Task[] | undefined) => [task, ...(old ?? [])]) })
}

/** How far a running task is, with the way to stop it. */
export function TaskProgress({ task, unit = 'items', title }: { task: Task; unit?: 'items' | 'bytes'; title?: string }) {
  const cache = useQueryClient()
  const cancel = useMutation({
    mutationFn: () => cancelTask(task.id),
    onSuccess: () => cache.invalidateQueries({ queryKey: keys.tasks(task.kind) }),
    onError: (error) => notify.failed(t('backup.task.notCancelled'), asProblem(error).message),
  })
  const say = unit === 'bytes' ? bytes : count
  const name = title ?? (task.phase || t('backup.task.begins'))
  const share = task.total > 0 ? Math.min(1, task.done / task.total) : undefined
  const words = share === undefined ? say(task.done) : t('backup.task.part', { done: say(task.done), total: say(task.total) })
  return (
    <div className="space-y-2 px-4 py-3" data-task={task.kind}>
      <div className="flex flex-wrap items-center justify-between gap-2 text-sm">
        <p>
          <span className="font-medium">{name}</span> <span className="tabular text-muted">{task.done > 0 && words}</span>
        </p>
        <span className="flex items-center gap-3">
          <Time at={task.started_at} className="text-xs text-muted" />
          <Button size="sm" asksAgent busy={cancel.isPending} onClick={() => cancel.mutate()}>
            {t('common.cancel')}
          </Button>
        </span>
      </div>
      <div
        role="progressbar"
        aria-label={name}
        aria-valuemin={0}
        aria-valuemax={100}
        {...(share !== undefined && { 'aria-valuenow': Math.floor(share * 100) })}
        aria-valuetext={words}
        className="h-1.5 overflow-hidden rounded-full bg-sunken forced-colors:border"
      >
        <div className="h-full rounded-full bg-accent-solid transition-[width] forced-colors:bg-[Highlight]" style={{ width: `${(share ?? 0.05) * 100}%` }} />
      </div>
    </div>
  )
}
