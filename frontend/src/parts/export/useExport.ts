import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { cancelTask, exportFile, startExport, waitTask, type ExportRequest, type Task } from '@/api/exports'

/** One export: begun, followed until it has ended, cancelled. Its id is the task's. */
export function useExport() {
  const cache = useQueryClient()
  const [id, setId] = useState('')
  const key = ['export', id] as const
  const start = useMutation({
    mutationFn: (request: ExportRequest) => startExport(request),
    onSuccess: (task) => {
      cache.setQueryData(['export', task.id], task)
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
    error: start.error ?? follow.error ?? cancel.error,
    starting: start.isPending,
    cancelling: cancel.isPending || (cancel.isSuccess && !isOver(task)),
    begin: (request: ExportRequest) => start.mutate(request),
    cancel: () => cancel.mutate(),
    follow: () => void follow.refetch(),
    reset: () => {
      setId('')
      start.reset()
      cancel.reset()
    },
  }
}

export const isOver = (task: Task | undefined) => task !== undefined && task.status !== 'running'

export const fileOf = (task: Task) => exportFile(task.export?.id ?? task.id)
