import { inWindow } from './location'

/** The desktop window shows the product only: a link out of it goes to the person's own browser. */
export function sendLinksOut(w: Window = window) {
  w.document.addEventListener('click', (event) => {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[target="_blank"]') : null
    const open = w.runtime?.BrowserOpenURL
    if (!link || !open || !inWindow(w)) return
    event.preventDefault()
    open(link.href)
  })
}
