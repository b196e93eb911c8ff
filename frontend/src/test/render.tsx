import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { render } from '@testing-library/react'
import type { ReactNode } from 'react'
import { Router } from 'wouter'
import { memoryLocation } from 'wouter/memory-location'
import { LineContext } from '@/ui/offline'
import { ToastProvider } from '@/ui/Toasts'
import { TooltipProvider } from '@/ui/Tooltip'

interface Options {
  path?: string
  /** When the agent stopped answering. */
  lostAt?: number
  /** Answers that are known already, by their key. */
  known?: [readonly unknown[], unknown][]
}

/** What jsdom lacks and the screens call. */
function fillBrowser() {
  Element.prototype.scrollIntoView = () => undefined
  window.scrollTo = () => undefined
  window.matchMedia = (query) => Object.assign(new EventTarget(), { matches: false, media: query }) as unknown as MediaQueryList
}

/** Draws a part of the product with what the shell gives it. */
export function draw(node: ReactNode, { path = '/', lostAt, known = [] }: Options = {}) {
  fillBrowser()
  const cache = new QueryClient({ defaultOptions: { queries: { retry: false, staleTime: Infinity, networkMode: 'always' }, mutations: { networkMode: 'always' } } })
  for (const [key, value] of known) cache.setQueryData(key, value)
  const { hook, searchHook, history } = memoryLocation({ path, record: true })
  const wrap = (line: { lostAt: number | undefined; offline: boolean }) => (
    <QueryClientProvider client={cache}>
      <Router hook={hook} searchHook={searchHook}>
        <TooltipProvider>
          <ToastProvider>
            <LineContext value={line}>{node}</LineContext>
          </ToastProvider>
        </TooltipProvider>
      </Router>
    </QueryClientProvider>
  )
  const view = render(wrap({ lostAt, offline: lostAt !== undefined }))
  return { ...view, cache, history, lose: (moment: number) => view.rerender(wrap({ lostAt: moment, offline: true })) }
}
