export type Theme = 'system' | 'light' | 'dark'

const key = 'plumbline.theme'
const dark = window.matchMedia('(prefers-color-scheme: dark)')
const listeners = new Set<() => void>()

const isTheme = (value: unknown): value is Theme => value === 'system' || value === 'light' || value === 'dark'

function read(): Theme {
  const stored = window.localStorage.getItem(key)
  return isTheme(stored) ? stored : 'system'
}

let chosen = read()

function apply() {
  const isDark = chosen === 'dark' || (chosen === 'system' && dark.matches)
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
}

export const theme = {
  get: () => chosen,
  set(next: Theme) {
    chosen = next
    window.localStorage.setItem(key, next)
    apply()
    for (const listener of listeners) listener()
  },
  subscribe(listener: () => void) {
    listeners.add(listener)
    return () => {
      listeners.delete(listener)
    }
  },
  /** Puts the theme on the page and keeps following the system's. */
  start() {
    apply()
    dark.addEventListener('change', apply)
  },
}
