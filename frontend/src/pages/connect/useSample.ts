import { useEffect, useRef, useState } from 'react'
import { cancelTask, getTask, startSample } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { CheckRequest, Problem, Task } from '@/api/types'

/** What a dry run has found so far, and why it could not be made. */
export interface SampleState {
  task: Task | undefined
  problem: Problem | undefined
  running: boolean
}

const nothing: SampleState = { task: undefined, problem: undefined, running: false }

/** Reads the first page of each stream with settings that are not saved. */
export function useSample() {
  const [state, setState] = useState(nothing)
  const current = useRef<AbortController>(undefined)
  const id = useRef('')
  useEffect(() => () => current.current?.abort(), [])

  async function run(request: CheckRequest): Promise<void> {
    current.current?.abort()
    const { signal } = (current.current = new AbortController())
    setState({ ...nothing, running: true })
    try {
      let task = await startSample(request, signal)
      id.current = task.id
      while (task.status === 'running') {
        setState({ task, problem: undefined, running: true })
        task = await getTask(task.id, task.version, signal)
      }
      setState({ task, problem: task.error, running: false })
    } catch (error) {
      if (!signal.aborted) setState({ task: undefined, problem: asProblem(error), running: false })
    }
  }

  function clear() {
    if (state === nothing) return
    current.current?.abort()
    if (state.running && id.current) void cancelTask(id.current).catch(() => undefined) // it has ended meanwhile
    setState(nothing)
  }

  return { ...state, run, clear }
}
