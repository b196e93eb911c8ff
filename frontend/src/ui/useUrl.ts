import { useCallback, useMemo } from 'react'
import { useLocation, useRouter } from 'wouter'

/** What to write into the address, by name. An empty value, or list of values, leaves it. */
export type UrlChange = Record<string, string | string[]>

export interface Url {
  /** The value of a parameter, '' without one. */
  one: (name: string) => string
  /** Every value of a parameter that may stand there several times. */
  all: (name: string) => string[]
  /** Changes parameters together. Choosing makes a step to go back to; typing does not. */
  set: (change: UrlChange, how?: 'choosing' | 'typing') => void
}

/** The search part of the address as state: the one place where tabs, filters, pages and selections live. */
export function useUrl(): Url {
  const [, navigate] = useLocation()
  const path = usePath()
  const search = useRawSearch()
  const set = useCallback(
    (change: UrlChange, how = 'choosing') => {
      const query = changed(search, change)
      navigate(query ? `${path}?${query}` : path, { replace: how === 'typing' })
    },
    [navigate, path, search],
  )
  return useMemo(() => {
    const params = new URLSearchParams(search)
    return { one: (name) => params.get(name) ?? '', all: (name) => params.getAll(name), set }
  }, [search, set])
}

/**
 * The path as the address has it. wouter hands out its paths and searches decoded in part, in which the "%2F"
 * that a text holds looks like a slash that was written as "%2F".
 */
export function usePath(): string {
  const router = useRouter()
  return router.hook(router)[0]
}

function useRawSearch(): string {
  const router = useRouter()
  return router.searchHook(router).replace(/^\?/, '')
}

/** A search with a change made to it. */
export function changed(search: string, change: UrlChange): string {
  const params = new URLSearchParams(search)
  for (const [name, value] of Object.entries(change)) {
    params.delete(name)
    for (const one of [value].flat()) if (one !== '') params.append(name, one)
  }
  return params.toString()
}
