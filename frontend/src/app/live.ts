import type { QueryClient } from '@tanstack/react-query'
import { getEvents } from '@/api/endpoints'
import { isStale } from '@/api/keys'
import { isSignedOut } from '@/api/problem'
import type { HostEvent } from '@/api/types'
import { watch, type Link } from '@/lib/watch'

/** The one line to the agent on which it says what changed. */
export function createLive(cache: QueryClient) {
  let link: Link = { phase: 'connecting' }
  let wake: () => void = () => undefined
  const listeners = new Set<() => void>()

  const wait = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })

  return {
    link: () => link,
    retry: () => wake(),
    subscribe(listener: () => void) {
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
      }
    },
    start(): () => void {
      const stop = new AbortController()
      void watch<HostEvent>({
        poll: (after) => getEvents(after, stop.signal),
        wait,
        now: Date.now,
        signal: stop.signal,
        isFinal: isSignedOut,
        onEvents: (items) => refetch(cache, items),
        onReset: () => void cache.invalidateQueries(),
        onLink(next) {
          link = next
          for (const listener of listeners) listener()
        },
      })
      return () => stop.abort()
    },
  }
}

export type Live = ReturnType<typeof createLive>

function refetch(cache: QueryClient, items: HostEvent[]) {
  void cache.invalidateQueries({ predicate: ({ queryKey, state }) => items.some((event) => isStale(event, queryKey, state.data)) })
}
