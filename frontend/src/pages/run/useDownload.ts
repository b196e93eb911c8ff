import { useRef, useState } from 'react'
import { getLogs } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { Log, Run } from '@/api/types'
import { saveText } from '@/lib/save'
import { visible } from '@/lib/visible'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'

const page = 10_000

export type LogFormat = 'log' | 'jsonl'

/** One line of a file. In text, what a terminal would act on has a sign. */
export const written = (line: Log, format: LogFormat): string =>
  format === 'jsonl'
    ? `${JSON.stringify(line)}\n`
    : `${line.at} ${line.level.padEnd(5)} ${line.step ? `[${visible(line.step)}] ` : ''}${visible(line.message, Infinity)}\n`

/** Writes the whole log into a file of the browser, a page at a time; it can be stopped. */
export function useDownload(run: Run) {
  const [done, setDone] = useState<number>()
  const stop = useRef<AbortController>(undefined)
  const start = async (format: LogFormat) => {
    const control = new AbortController()
    stop.current = control
    setDone(0)
    const parts: string[] = []
    try {
      for (let after = 0; ; ) {
        const { items } = await getLogs(run.id, { after, limit: page }, control.signal)
        const last = items.at(-1)
        if (!last) break
        parts.push(items.map((line) => written(line, format)).join(''))
        after = last.number
        setDone(after)
        if (items.length < page) break
      }
      saveText(`${run.alias}-${run.id}.${format}`, 'text/plain;charset=utf-8', parts)
    } catch (error) {
      if (!control.signal.aborted) notify.failed(t('run.log.notSaved'), asProblem(error).message)
    }
    setDone(undefined)
  }
  return { done, start, cancel: () => stop.current?.abort() }
}
