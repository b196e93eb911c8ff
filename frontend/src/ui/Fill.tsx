import { useLayoutEffect, useRef, useState, type ReactNode } from 'react'
import { cx } from './cx'

/** Room that stays below what fills the window. */
const below = 24

/** A part of a page that reaches to the foot of the window, whatever bars are above it, and is never lower than a few rows. */
export function Fill({ children, className }: { children: ReactNode; className?: string }) {
  const box = useRef<HTMLDivElement>(null)
  const [top, setTop] = useState(112)
  useLayoutEffect(() => {
    const element = box.current
    if (!element) return
    const measure = () => setTop(Math.round(element.getBoundingClientRect().top + window.scrollY))
    measure()
    const size = typeof ResizeObserver === 'undefined' ? undefined : new ResizeObserver(measure)
    size?.observe(document.body)
    if (element.parentElement?.parentElement) size?.observe(element.parentElement.parentElement)
    return () => size?.disconnect()
  }, [])
  return (
    <div ref={box} className={cx('flex min-h-[30rem] flex-col', className)} style={{ height: `calc(100dvh - ${top + below}px)` }}>
      {children}
    </div>
  )
}
