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
    let latest = await startCheck(request, signal)
    setCheck(latest)
    while (latest.status === 'running') {
      latest = await getCheck(latest.id, latest.version, signal)
      setCheck(latest)
    }
    return latest
  }

  return { check, run, clear: () => setCheck(undefined) }
}
