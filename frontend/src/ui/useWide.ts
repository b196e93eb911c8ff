import { useSyncExternalStore } from 'react'

/** Whether the window is at least that wide: "70rem". */
export function useWide(width: string): boolean {
  const query = `(min-width: ${width})`
  return useSyncExternalStore(
    (listener) => {
      const media = window.matchMedia(query)
      media.addEventListener('change', listener)
      return () => media.removeEventListener('change', listener)
    },
    () => window.matchMedia(query).matches,
  )
}
