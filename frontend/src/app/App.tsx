import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { useEffect, useSyncExternalStore } from 'react'
import { Router } from 'wouter'
import { ApiError } from '@/api/problem'
import { session } from '@/api/session'
import { ToastProvider } from '@/ui/Toasts'
import { TooltipProvider } from '@/ui/Tooltip'
import { LineProvider } from './LineProvider'
import { createLive } from './live'
import { inWindow, useHashLocation, useHashSearch } from './location'
import { Routes } from './Routes'
import { Shell } from './Shell'
import { SignedOut } from './SignedOut'

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
              <Shell live={live}>
                <Routes />
              </Shell>
            </LineProvider>
          </ToastProvider>
        </TooltipProvider>
      </Router>
    </QueryClientProvider>
  )
}
