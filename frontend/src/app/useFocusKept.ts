import { useEffect, type RefObject } from 'react'

/**
 * What has the focus may leave the page by itself: a run ends and its button goes, a decision is made and its bar
 * goes. Then the keyboard goes on at the beginning of the content, and not at that of the window.
 */
export function useFocusKept(content: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const element = content.current
    if (!element) return
    let last: Element | undefined
    const remember = (event: FocusEvent) => {
      last = event.target instanceof Element ? event.target : undefined
    }
    const watch = new MutationObserver(() => {
      if (document.activeElement !== document.body || !last || last.isConnected) return
      last = undefined
      element.focus({ preventScroll: true })
    })
    element.addEventListener('focusin', remember)
    watch.observe(element, { childList: true, subtree: true })
    return () => {
      element.removeEventListener('focusin', remember)
      watch.disconnect()
    }
  }, [content])
}
