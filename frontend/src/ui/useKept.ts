import { useCallback, useSyncExternalStore } from 'react'

const listeners = new Set<() => void>()

const subscribe = (listener: () => void) => {
  listeners.add(listener)
  window.addEventListener('storage', listener)
  return () => {
    listeners.delete(listener)
    window.removeEventListener('storage', listener)
  }
}

/** A choice that this browser keeps from visit to visit; '' until one is made. Where nothing can be kept, it lasts as long as the page. */
export function useKept(name: string): [string, (value: string) => void] {
  const key = `plumbline.${name}`
  const value = useSyncExternalStore(subscribe, () => read(key))
  const keep = useCallback(
    (next: string) => {
      write(key, next)
      for (const listener of listeners) listener()
    },
    [key],
  )
  return [value, keep]
}

const unkept = new Map<string, string>()

function read(key: string): string {
  try {
    return window.localStorage.getItem(key) ?? unkept.get(key) ?? ''
  } catch {
    return unkept.get(key) ?? ''
  }
}

function write(key: string, value: string) {
  unkept.set(key, value)
  try {
    if (value === '') window.localStorage.removeItem(key)
    else window.localStorage.setItem(key, value)
  } catch {
    // Storage is full or forbidden: unkept has it.
  }
}
