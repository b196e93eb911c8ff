import { useMutation, useQueryClient } from '@tanstack/react-query'
import { cancelRun, deleteConnection, pauseConnection, resumeConnection, syncConnection } from './endpoints'
import { keys } from './keys'

/**
 * What follows an action. It is handed to the hook, not to the call: an event
 * can take the row that asked off the screen before the answer is there, and a
 * call's own callbacks would be lost with it.
 */
export interface Then<V> {
  onDone?: (variables: V) => void
  onFailed?: (error: unknown, variables: V) => void
}

/** What a person can do to a connection from more than one screen. The lists follow at once, without waiting for the event. */
function useConnectionMutation<V, R>(mutationFn: (variables: V) => Promise<R>, { onDone, onFailed }: Then<V>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn,
    onSuccess: (_, variables) => {
      onDone?.(variables)
      return Promise.all([cache.invalidateQueries({ queryKey: keys.connections }), cache.invalidateQueries({ queryKey: keys.runs })])
    },
    onError: (error, variables) => onFailed?.(error, variables),
  })
}

interface SyncRequest {
  ref: string
  confirmRemovals: boolean
}

export const useSync = (then: Then<SyncRequest>) =>
  useConnectionMutation(({ ref, confirmRemovals }: SyncRequest) => syncConnection(ref, confirmRemovals), then)

export const usePause = (then: Then<string>) => useConnectionMutation((ref: string) => pauseConnection(ref), then)

export const useResume = (then: Then<string>) => useConnectionMutation((ref: string) => resumeConnection(ref), then)

export const useCancelRun = (then: Then<string>) => useConnectionMutation((id: string) => cancelRun(id), then)

/** Removing leaves the connection's own answers alone: refetching them would only find it gone. */
export function useRemove({ onDone }: Pick<Then<string>, 'onDone'>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: (ref: string) => deleteConnection(ref),
    onSuccess: async (_, ref) => {
      onDone?.(ref)
      await cache.invalidateQueries({ queryKey: ['connections', 'list'] })
      await cache.invalidateQueries({ queryKey: keys.connectors })
    },
  })
}
