import { useSyncExternalStore } from 'react'

type Layer = 'palette' | 'keys' | undefined

let open: Layer
const listeners = new Set<() => void>()

/** The one thing of the shell that lies over the page. */
export const layers = {
  get: () => open,
  show(layer: Layer) {
    open = layer
    for (const listener of listeners) listener()
  },
  subscribe(listener: () => void) {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  },
}

export const useLayer = () => useSyncExternalStore(layers.subscribe, layers.get)
