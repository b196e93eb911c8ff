import { useSyncExternalStore } from 'react'
import type { BaseLocationHook, BaseSearchHook } from 'wouter'

declare global {
  interface Window {
    __PLUMBLINE_WINDOW__?: unknown
  }
}

/** Inside the desktop window a deep path would lose the window's runtime on reload, so the route lives behind the #. */
export function inWindow(w: Pick<Window, 'location' | '__PLUMBLINE_WINDOW__'> = window): boolean {
  return w.location.protocol === 'wails:' || w.location.hostname.endsWith('wails.localhost') || Boolean(w.__PLUMBLINE_WINDOW__)
}

const subscribe = (listener: () => void) => {
  window.addEventListener('hashchange', listener)
  window.addEventListener('popstate', listener)
  return () => {
    window.removeEventListener('hashchange', listener)
    window.removeEventListener('popstate', listener)
  }
}

const current = () => `/${window.location.hash.replace(/^#?\/?/, '')}`
const pathOf = () => current().split('?', 1)[0] ?? '/'
const searchOf = () => current().slice(pathOf().length + 1)

function navigate(to: string, options?: { replace?: boolean; state?: unknown }) {
  const before = window.location.href
  const hash = `#${to.startsWith('?') ? pathOf() + to : to}`
  if (options?.replace) window.history.replaceState(options.state ?? null, '', hash)
  else window.history.pushState(options?.state ?? null, '', hash)
  window.dispatchEvent(new HashChangeEvent('hashchange', { oldURL: before, newURL: window.location.href }))
}

/** wouter's own hash hook keeps the search outside the #; the product's addresses keep it inside. */
const useHashPath = () => [useSyncExternalStore(subscribe, pathOf), navigate] as const

export const useHashLocation: BaseLocationHook = Object.assign(useHashPath, { hrefs: (href: string) => `#${href}` }) as unknown as BaseLocationHook
export const useHashSearch: BaseSearchHook = () => useSyncExternalStore(subscribe, searchOf)
