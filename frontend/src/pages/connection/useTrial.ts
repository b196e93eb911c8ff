import { useEffect, useRef, useState } from 'react'
import { getCheck, startCheck } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { Check, ConnectionStatus } from '@/api/types'

/** Tries secrets with the settings of a connection and stores nothing. What is edited since belongs to no result. */
export function useTrial(connection: ConnectionStatus, secrets: Record<string, string>) {
  const [result, setResult] = useState<{ of: Record<string, string>; check?: Check; error: string }>()
  const [running, setRunning] = useState(false)
  const stop = useRef<AbortController>(undefined)
  useEffect(() => () => stop.current?.abort(), [])
  const start = async () => {
    stop.current?.abort()
    const control = new AbortController()
    stop.current = control
    setRunning(true)
    try {
      const settings = connection.settings as Record<string, unknown>
      let check = await startCheck({ connection: connection.id, settings, secrets }, control.signal)
      setResult({ of: secrets, check, error: '' })
      while (check.status === 'running') {
        check = await getCheck(check.id, check.version, control.signal)
        setResult({ of: secrets, check, error: '' })
      }
    } catch (error) {
      if (!control.signal.aborted) setResult({ of: secrets, error: asProblem(error).message })
    }
    if (!control.signal.aborted) setRunning(false)
  }
  const current = result?.of === secrets ? result : undefined
  return { running, start: () => void start(), check: current?.check, error: current?.error ?? '' }
}
