import { preferences } from '@/ui/preferences'

const dark = window.matchMedia('(prefers-color-scheme: dark)')

function apply() {
  const { theme, density } = preferences.get()
  const isDark = theme === 'dark' || (theme === 'system' && dark.matches)
  document.documentElement.dataset.theme = isDark ? 'dark' : 'light'
  document.documentElement.dataset.density = density
}

/** Puts what the person chose on the page, and follows the system and the other tabs of this browser. */
export function startAppearance() {
  apply()
  preferences.subscribe(apply)
  dark.addEventListener('change', apply)
  window.addEventListener('storage', preferences.reread)
}
