import { useSyncExternalStore } from 'react'

/** What a person sets for this browser. It is kept in the browser, not by the agent. */
export interface Preferences {
  theme: 'system' | 'light' | 'dark'
  density: 'comfortable' | 'compact'
  /** Keys that are one character do something. Off, they do nothing (WCAG 2.1.4). */
  singleKeys: 'on' | 'off'
  /** The language of the catalogue. The page reads it once, when it loads. */
  language: string
}

const choices = {
  theme: ['system', 'light', 'dark'],
  density: ['comfortable', 'compact'],
  singleKeys: ['on', 'off'],
} as const

const first: Preferences = { theme: 'system', density: 'comfortable', singleKeys: 'on', language: 'en' }
const keyOf = (name: keyof Preferences) => `plumbline.${name}`

function read(): Preferences {
  const found: Preferences = { ...first }
  for (const name of Object.keys(first) as (keyof Preferences)[]) {
    const stored = storedOf(name)
    if (stored !== null && (name === 'language' || (choices[name] as readonly string[]).includes(stored))) Object.assign(found, { [name]: stored })
  }
  return found
}

/** A browser may refuse its storage; then what is chosen lasts as long as the page. */
function storedOf(name: keyof Preferences): string | null {
  try {
    return window.localStorage.getItem(keyOf(name))
  } catch {
    return null
  }
}

let current = read()
const listeners = new Set<() => void>()

function changed() {
  for (const listener of listeners) listener()
}

export const preferences = {
  get: () => current,
  set(change: Partial<Preferences>) {
    current = { ...current, ...change }
    for (const [name, value] of Object.entries(change)) {
      try {
        window.localStorage.setItem(keyOf(name as keyof Preferences), value)
      } catch {
        // Refused: see storedOf.
      }
    }
    changed()
  },
  /** Reads them again, as after another tab of this browser changed one. */
  reread() {
    current = read()
    changed()
  },
  subscribe(listener: () => void) {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  },
}

export const usePreferences = () => useSyncExternalStore(preferences.subscribe, preferences.get)
