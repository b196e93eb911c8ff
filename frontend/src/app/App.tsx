import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore, type ReactNode } from 'react'
import { Router } from 'wouter'
import { useStatus } from '@/api/host'
import { ApiError } from '@/api/problem'
import { session } from '@/api/session'
import { ToastProvider } from '@/ui/Toasts'
import { TooltipProvider } from '@/ui/Tooltip'
import { LineProvider } from './LineProvider'
import { createLive, type Live } from './live'
import { useLink } from './LiveDot'
import { inWindow, useHashLocation, useHashSearch } from './location'
import { Routes } from './Routes'
import { Shell } from './Shell'
import { SignedOut } from './SignedOut'
import { Unreachable } from './Unreachable'

const cache = new QueryClient({
  defaultOptions: {
    queries: {
      // Events say when an answer is old; until then it is kept.
      staleTime: 5 * 60_000,
      refetchOnWindowFocus: false,
      // The agent is on this machine: a browser without a network still reaches it.
      networkMode: 'always',
      retry: (failures, error) => failures < 2 && error instanceof ApiError && error.status === 0,
      retryDelay: 500,
    },
    mutations: { networkMode: 'always' },
  },
})
const live = createLive(cache)
const location = inWindow() ? { hook: useHashLocation, searchHook: useHashSearch } : {}

export function App() {
  const signedOut = useSyncExternalStore(session.subscribe, session.signedOut)
  useEffect(() => live.start(), [])
  if (signedOut) return <SignedOut />
  return (
    <QueryClientProvider client={cache}>
      <Router {...location}>
        <TooltipProvider delay={300}>
          <ToastProvider>
            <LineProvider live={live}>
              <Reached live={live}>
                <Shell live={live}>
                  <Routes />
                </Shell>
              </Reached>
            </LineProvider>
          </ToastProvider>
        </TooltipProvider>
      </Router>
    </QueryClientProvider>
  )
}

/** A page that never had an answer has nothing to show: it says so, and goes on when one comes. */
function Reached({ live, children }: { live: Live; children: ReactNode }) {
  const link = useLink(live)
  const { data } = useStatus()
  const lost = link.phase === 'reconnecting' || link.phase === 'offline'
  return lost && !data ? <Unreachable live={live} retryAt={link.retryAt} /> : children
}
