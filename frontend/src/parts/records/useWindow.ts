import { useCallback, useEffect, useState } from 'react'

/** Height of a row in pixels. Every row has it, or what is out of sight could not be counted. */
export const rowHeight = 40
const margin = 12

export interface Slice {
  first: number
  end: number
}

/** Which of count rows are in sight of a box that scrolls, with some to spare. */
export function sliceOf(top: number, height: number, count: number): Slice {
  const first = Math.max(0, Math.min(count, Math.floor(top / rowHeight) - margin))
  return { first, end: Math.min(count, Math.ceil((top + height) / rowHeight) + margin) }
}

/** Follows the scrolling of a box: put the returned function on it as its ref. */
export function useWindow(count: number): [(box: HTMLElement | null) => void, Slice] {
  const [box, setBox] = useState<HTMLElement | null>(null)
  const [place, setPlace] = useState({ top: 0, height: 800 })
  const follow = useCallback(() => {
    if (box) setPlace({ top: box.scrollTop, height: box.clientHeight })
  }, [box])
  useEffect(() => {
    if (!box) return
    box.addEventListener('scroll', follow, { passive: true })
    const size = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(follow)
    size?.observe(box)
    return () => {
      box.removeEventListener('scroll', follow)
      size?.disconnect()
    }
  }, [box, follow])
  return [setBox, sliceOf(place.top, place.height, count)]
}
