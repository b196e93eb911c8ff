import { useMutation, useQueryClient } from '@tanstack/react-query'
import { cancelRun, disconnect, pauseConnection, rejectRemoval, resumeConnection, syncConnection, type Keeping } from './endpoints'
import { keys } from './keys'
import { asProblem } from './problem'

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
    onError: (error, variables) => {
      onFailed?.(error, variables)
      // What the person looked at is not the latest any more.
      if (asProblem(error).code === 'conflict') void cache.invalidateQueries({ queryKey: keys.connections })
    },
  })
}

export const useSync = (then: Then<string>) => useConnectionMutation((ref: string) => syncConnection(ref), then)

/** A held removal of a connection, by the id of the very list that a person looked at. */
interface Decision {
  ref: string
  stream: string
  id: string
}

export const useConfirmRemoval = (then: Then<Decision>) => useConnectionMutation(({ ref, id }: Decision) => syncConnection(ref, [id]), then)

export const useRejectRemoval = (then: Then<Decision>) =>
  useConnectionMutation(({ ref, stream, id }: Decision) => rejectRemoval(ref, stream, id), then)

export const usePause = (then: Then<string>) => useConnectionMutation((ref: string) => pauseConnection(ref), then)

export const useResume = (then: Then<string>) => useConnectionMutation((ref: string) => resumeConnection(ref), then)

export const useCancelRun = (then: Then<string>) => useConnectionMutation((id: string) => cancelRun(id), then)

interface Ending {
  ref: string
  history: Keeping
}

/** Deleting leaves the connection's own answers alone: refetching them would only find it gone. */
export function useDisconnect({ onDone }: Pick<Then<Ending>, 'onDone'>) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: ({ ref, history }: Ending) => disconnect(ref, history),
    onSuccess: async (_, ending) => {
      onDone?.(ending)
      if (ending.history === 'keep') await cache.invalidateQueries({ queryKey: keys.connections })
      await cache.invalidateQueries({ queryKey: ['connections', 'list'] })
      await cache.invalidateQueries({ queryKey: keys.connectors })
    },
  })
}
