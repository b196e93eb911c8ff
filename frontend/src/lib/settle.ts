/** How a list on screen differs from the latest answer to the same question. */
export interface Settled {
  /** The ids to draw, in the order in which they stand. */
  ids: string[]
  /** How many of the latest are not drawn, and how many that are drawn are not in it. */
  added: number
  gone: number
  /** The same ids would stand in another order. */
  moved: boolean
}

/**
 * Keeps the rows of a list where a person sees them when a newer answer comes: none appears, goes or changes places
 * until they ask for it.
 */
export function settle(drawn: readonly string[], latest: readonly string[]): Settled {
  const [now, before] = [new Set(latest), new Set(drawn)]
  const added = latest.filter((id) => !before.has(id)).length
  const stayed = drawn.filter((id) => now.has(id))
  const same = latest.filter((id) => before.has(id))
  return { ids: [...drawn], added, gone: drawn.length - stayed.length, moved: stayed.some((id, i) => same[i] !== id) }
}

export const isSettled = ({ added, gone, moved }: Settled) => added === 0 && gone === 0 && !moved
