import { useEffect, useRef, useState } from 'react'
import { getCheck, startCheck } from '@/api/endpoints'
import type { Check, CheckRequest } from '@/api/types'

/** Tries settings that are not saved; each probe shows as soon as it is known. */
export function useCheck() {
  const [check, setCheck] = useState<Check>()
  const current = useRef<AbortController>(undefined)
  useEffect(() => () => current.current?.abort(), [])

  async function run(request: CheckRequest): Promise<Check> {
    current.current?.abort()
    const { signal } = (current.current = new AbortController())
    setCheck(undefined)
    const take = (next: Check) => {
      signal.throwIfAborted() // the answer had come before it was given up
      setCheck(next)
      return next
    }
    let latest = take(await startCheck(request, signal))
    while (latest.status === 'running') latest = take(await getCheck(latest.id, latest.version, signal))
    return latest
  }

  function clear() {
    current.current?.abort()
    setCheck(undefined)
  }

  return { check, run, clear }
}
