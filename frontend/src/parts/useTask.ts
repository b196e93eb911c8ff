import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { cancelTask, waitTask, type Task } from '@/api/exports'

/** One task: begun, followed until it has ended, cancelled. */
export function useTask<V = void>(start: (variables: V) => Promise<Task>) {
  const cache = useQueryClient()
  const [id, setId] = useState('')
  const key = ['task', id] as const
  const begin = useMutation({
    mutationFn: start,
    onSuccess: (task) => {
      cache.setQueryData(['task', task.id], task)
      setId(task.id)
    },
  })
  const follow = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => waitTask(id, cache.getQueryData<Task>(key)?.version ?? 0, signal),
    enabled: (query) => id !== '' && !isOver(query.state.data),
    // Each answer came after news, so the next question waits for more.
    refetchInterval: (query) => (isOver(query.state.data) || query.state.status === 'error' ? false : 100),
    refetchIntervalInBackground: true,
    staleTime: 0,
    gcTime: 0,
  })
  const cancel = useMutation({ mutationFn: () => cancelTask(id) })
  const task = id === '' ? undefined : follow.data
  return {
    task,
    error: begin.error ?? follow.error ?? cancel.error,
    starting: begin.isPending,
    running: begin.isPending || (task !== undefined && !isOver(task)),
    cancelling: cancel.isPending || (cancel.isSuccess && !isOver(task)),
    begin: (variables: V) => begin.mutate(variables),
    cancel: () => cancel.mutate(),
    follow: () => void follow.refetch(),
    reset: () => {
      setId('')
      begin.reset()
      cancel.reset()
    },
  }
}

export const isOver = (task: Task | undefined) => task !== undefined && task.status !== 'running'
