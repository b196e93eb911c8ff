import { useEffect } from 'react'
import { visible } from '@/lib/visible'

let page = ''
let needs = 0

function write() {
  const title = page ? `${visible(page, 200)} · Plumbline` : 'Plumbline'
  document.title = needs > 0 ? `(${needs}) ${title}` : title
}

/** Names the page in the title of the window. */
export function useTitle(name: string) {
  useEffect(() => {
    page = name
    write()
  }, [name])
}

/** Puts before every title how many things need the person. */
export function useTitleCount(count: number) {
  useEffect(() => {
    needs = count
    write()
  }, [count])
}
