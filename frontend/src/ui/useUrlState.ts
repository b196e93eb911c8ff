import { useCallback } from 'react'
import { useLocation, useSearch } from 'wouter'

/** One search parameter as state. An empty value leaves the address; typing replaces, choosing pushes. */
export function useUrlState(name: string, mode: 'push' | 'replace' = 'push'): [string, (value: string) => void] {
  const [path, navigate] = useLocation()
  const search = useSearch()
  const set = useCallback(
    (value: string) => {
      const params = new URLSearchParams(search)
      if (value === '') params.delete(name)
      else params.set(name, value)
      const query = params.toString()
      navigate(query ? `${path}?${query}` : path, { replace: mode === 'replace' })
    },
    [mode, name, navigate, path, search],
  )
  return [new URLSearchParams(search).get(name) ?? '', set]
}

/** Takes several parameters out of the address at once. */
export function useClearUrl(): (names: string[]) => void {
  const [path, navigate] = useLocation()
  const search = useSearch()
  return (names) => {
    const params = new URLSearchParams(search)
    for (const name of names) params.delete(name)
    const query = params.toString()
    navigate(query ? `${path}?${query}` : path)
  }
}
