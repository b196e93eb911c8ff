import { useMemo, type ReactNode } from 'react'
import { LineContext } from '@/ui/offline'
import type { Live } from './live'
import { useLink } from './LiveDot'

/** Lets every screen know whether it still hears of changes. */
export function LineProvider({ live, children }: { live: Live; children: ReactNode }) {
  const link = useLink(live)
  const offline = link.phase === 'offline'
  const lostAt = 'lostAt' in link ? link.lostAt : undefined
  const line = useMemo(() => ({ lostAt, offline }), [lostAt, offline])
  return <LineContext value={line}>{children}</LineContext>
}
