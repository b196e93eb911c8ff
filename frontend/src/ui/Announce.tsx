import { useSyncExternalStore } from 'react'

let message = ''
const listeners = new Set<() => void>()

/** Has a screen reader say a text when it has finished what it says. */
export function announce(text: string) {
  message = text
  for (const listener of listeners) listener()
}

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

export function LiveRegion() {
  const text = useSyncExternalStore(subscribe, () => message)
  return (
    <div aria-live="polite" role="status" className="sr-only">
      {text}
    </div>
  )
}
