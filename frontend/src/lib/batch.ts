/** What became of one item of a batch. */
export interface Outcome<T> {
  item: T
  /** Undefined when it was done. */
  error?: unknown
}

export interface BatchOptions<T> {
  /** How many are under way at one moment. */
  parallel: number
  signal: AbortSignal
  onOutcome: (outcome: Outcome<T>) => void
}

/**
 * Does work for every item, a few at a time. A failure stops nothing: it is an outcome. After an abort no item is
 * begun; those under way end. Returns the items that were not begun.
 */
export async function runBatch<T>(items: readonly T[], work: (item: T) => Promise<unknown>, options: BatchOptions<T>): Promise<T[]> {
  const waiting = [...items]
  const worker = async () => {
    while (!options.signal.aborted) {
      const item = waiting.shift()
      if (item === undefined) return
      try {
        await work(item)
        options.onOutcome({ item })
      } catch (error) {
        options.onOutcome({ item, error })
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(options.parallel, items.length) }, worker))
  return waiting
}
