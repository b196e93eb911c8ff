import { useSyncExternalStore } from 'react'

function ticker(ms: number) {
  let now = Date.now()
  let timer: ReturnType<typeof setInterval> | undefined
  const listeners = new Set<() => void>()
  const tick = () => {
    now = Date.now()
    for (const listener of listeners) listener()
  }
  return {
    now: () => now,
    subscribe(listener: () => void) {
      if (listeners.size === 0) {
        now = Date.now()
        timer = setInterval(tick, ms)
      }
      listeners.add(listener)
      return () => {
        listeners.delete(listener)
        if (listeners.size === 0) clearInterval(timer)
      }
    },
  }
}

const tickers = { second: ticker(1_000), slow: ticker(15_000) }

/** The time, for words such as "5 min ago". One timer serves the whole page. */
export function useNow(pace: keyof typeof tickers = 'slow'): number {
  return useSyncExternalStore(tickers[pace].subscribe, tickers[pace].now)
}
