import { useEffect, useSyncExternalStore } from 'react'
import { clockTime } from '@/lib/time'
import type { Link } from '@/lib/watch'
import { announce } from '@/ui/Announce'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { useNow } from '@/ui/useNow'
import type { Live } from './live'

const words: Record<Link['phase'], string> = {
  connecting: 'Connecting',
  connected: 'Live',
  reconnecting: 'Reconnecting',
  offline: 'Offline',
}
const dots: Record<Link['phase'], string> = {
  connecting: 'bg-quiet-solid',
  connected: 'bg-ok-solid',
  reconnecting: 'bg-warn-solid',
  offline: 'bg-bad-solid',
}

export const useLink = (live: Live) => useSyncExternalStore(live.subscribe, live.link)

export function LiveDot({ live }: { live: Live }) {
  const { phase } = useLink(live)
  return (
    <span className="inline-flex items-center gap-1.5 text-xs text-muted" data-live={phase}>
      <span aria-hidden className={cx('size-2 rounded-full', dots[phase])} />
      {words[phase]}
    </span>
  )
}

/** Says that the page shows the past, what to do, and when it tries again. */
export function OfflineBar({ live }: { live: Live }) {
  const link = useLink(live)
  const away = link.phase === 'offline'
  useEffect(() => {
    if (away) announce('Plumbline is not answering. This page shows what was last known.')
  }, [away])
  if (link.phase !== 'offline') return null
  return (
    <section aria-label="Agent" className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-warn-soft px-4 py-2 text-sm md:px-8">
      <p className="min-w-0 flex-1 basis-96 text-warn">
        <strong className="font-semibold">Plumbline is not answering.</strong> This page shows what was known at {clockTime(new Date(link.lostAt).toISOString())}, and
        nothing can be started or saved. Look at the agent with <code className="font-mono text-xs">plumbline status</code>, or start it with{' '}
        <code className="font-mono text-xs">plumbline agent</code>.
      </p>
      <span className="ml-auto flex items-center gap-3">
        <Countdown until={link.retryAt} />
        <Button size="sm" onClick={live.retry}>
          Retry now
        </Button>
      </span>
    </section>
  )
}

function Countdown({ until }: { until: number }) {
  const seconds = Math.max(0, Math.ceil((until - useNow('second')) / 1000))
  return <span className="tabular text-xs text-warn">{seconds > 0 ? `Next try in ${seconds} s` : 'Trying now'}</span>
}
