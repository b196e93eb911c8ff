import { isAt, places } from './navigation'

const key = 'plumbline.recent'
const kept = 8

/** The addresses that were open lately in this browser, the last first. */
export function recent(): string[] {
  try {
    const stored: unknown = JSON.parse(window.localStorage.getItem(key) ?? '[]')
    return Array.isArray(stored) ? stored.filter((one) => typeof one === 'string') : []
  } catch {
    return []
  }
}

/** Remembers an address below a place; the places themselves are always in the palette. */
export function remember(path: string) {
  if (path === '/' || places.some(({ href }) => href === path) || !places.some(({ href }) => isAt(path, href))) return
  const list = [path, ...recent().filter((one) => one !== path)].slice(0, kept)
  try {
    window.localStorage.setItem(key, JSON.stringify(list))
  } catch {
    // A browser may refuse its storage; then nothing is recent.
  }
}
