import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import type { ConnectionItem } from '@/api/types'
import { runBatch } from '@/lib/batch'
import { act, type BulkAction } from './bulk'

/** How many connections are asked for at one moment. */
const parallel = 4

export interface Failed {
  item: ConnectionItem
  message: string
}

/** An action on several connections, while it goes on and once it has ended. */
export interface BulkRun {
  action: BulkAction
  /** What it did is being taken back, or was. */
  undoing: boolean
  total: number
  done: ConnectionItem[]
  failed: Failed[]
  /** Not begun, because the person cancelled. */
  left: number
  running: boolean
  undos: Map<string, () => Promise<unknown>>
}

export function useBulk() {
  const cache = useQueryClient()
  const [run, setRun] = useState<BulkRun>()
  const stop = useRef<AbortController>(undefined)

  const start = async (first: BulkRun, items: ConnectionItem[], work: (item: ConnectionItem) => Promise<unknown>) => {
    const abort = new AbortController()
    stop.current = abort
    setRun(first)
    const left = await runBatch(items, work, {
      parallel,
      signal: abort.signal,
      onOutcome: ({ item, error }) =>
        setRun((now) => {
          if (!now) return now
          if (error === undefined) return { ...now, done: [...now.done, item] }
          return { ...now, failed: [...now.failed, { item, message: asProblem(error).message }] }
        }),
    })
    setRun((now) => now && { ...now, running: false, left: left.length })
    await cache.invalidateQueries({ queryKey: keys.connections })
  }

  const work = (action: BulkAction, undos: BulkRun['undos']) => async (item: ConnectionItem) => {
    const undo = await act(action, item)
    if (undo) undos.set(item.id, undo)
  }

  const begin = (action: BulkAction, items: ConnectionItem[]) => {
    const undos: BulkRun['undos'] = new Map()
    return start({ action, undoing: false, total: items.length, done: [], failed: [], left: 0, running: true, undos }, items, work(action, undos))
  }

  /** What failed is tried again; what was done stays done, and can still be undone. */
  const retry = () => {
    if (!run) return
    const items = run.failed.map((f) => f.item)
    const again = { ...run, total: run.done.length + items.length, failed: [], left: 0, running: true }
    return start(again, items, run.undoing ? takeBack(run) : work(run.action, run.undos))
  }

  const undo = () => run && start({ ...run, undoing: true, total: run.done.length, done: [], failed: [], left: 0, running: true }, run.done, takeBack(run))

  return { run, begin, retry, undo, cancel: () => stop.current?.abort(), close: () => setRun(undefined) }
}

const takeBack = (run: BulkRun) => async (item: ConnectionItem) => run.undos.get(item.id)?.()

export type Bulk = ReturnType<typeof useBulk>
