import { useEffect, useState, useSyncExternalStore } from 'react'
import { useStatus } from '@/api/host'
import { clockTime } from '@/lib/time'
import type { Link } from '@/lib/watch'
import { announce } from '@/ui/Announce'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { Sentence } from '@/ui/Text'
import { useNow } from '@/ui/useNow'
import { t } from '@/words'
import type { Live } from './live'

const dots: Record<Link['phase'], string> = {
  connecting: 'bg-quiet-solid',
  connected: 'bg-ok-solid',
  reconnecting: 'bg-warn-solid',
  offline: 'bg-bad-solid',
}

export const useLink = (live: Live) => useSyncExternalStore(live.subscribe, live.link)

/** Whether the page hears of changes, in a word; while it does not, when it tries again. */
export function LiveDot({ live }: { live: Live }) {
  const link = useLink(live)
  return (
    <span className="inline-flex items-center gap-1.5 text-xs whitespace-nowrap text-muted" data-live={link.phase}>
      <span aria-hidden className={cx('size-2 rounded-full forced-color-adjust-none', dots[link.phase])} />
      {link.phase === 'reconnecting' ? <Reconnecting until={link.retryAt} /> : t(`app.live.${link.phase}`)}
    </span>
  )
}

const secondsTo = (until: number, now: number) => Math.max(0, Math.ceil((until - now) / 1000))

function Reconnecting({ until }: { until: number }) {
  const seconds = secondsTo(until, useNow('second'))
  return seconds > 0 ? t('app.live.reconnectingIn', { seconds }) : t('app.live.reconnecting')
}

/** Says that the page shows the past, what to do, and when it tries again. */
export function OfflineBar({ live }: { live: Live }) {
  const link = useLink(live)
  const away = link.phase === 'offline'
  useEffect(() => {
    if (away) announce(t('app.offline.said'))
  }, [away])
  if (link.phase !== 'offline') return null
  return (
    <section aria-label={t('app.offline.label')} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-warn-soft px-4 py-2 text-sm md:px-8">
      <p className="min-w-0 flex-1 basis-96 text-warn">
        <strong className="font-semibold">{t('app.offline.title')}</strong>{' '}
        <Sentence>{t('app.offline.text', { at: clockTime(new Date(link.lostAt).toISOString()) })}</Sentence>
      </p>
      <span className="ml-auto flex items-center gap-3">
        <Countdown until={link.retryAt} />
        <Button size="sm" onClick={live.retry}>
          {t('app.offline.retry')}
        </Button>
      </span>
    </section>
  )
}

export function Countdown({ until }: { until: number }) {
  const seconds = secondsTo(until, useNow('second'))
  return <span className="tabular text-xs text-warn">{seconds > 0 ? t('app.offline.next', { seconds }) : t('app.offline.trying')}</span>
}

/** The agent is another version than the one this page was loaded from: its screens may not fit any more. */
export function UpgradeBar() {
  const { data } = useStatus()
  const version = data?.version
  const [loaded, setLoaded] = useState(version)
  if (loaded === undefined && version !== undefined) setLoaded(version)
  const changed = loaded !== undefined && version !== undefined && version !== loaded
  useEffect(() => {
    if (changed) announce(t('app.upgrade.title'))
  }, [changed])
  if (!changed) return null
  return (
    <section aria-label={t('app.upgrade.label')} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-accent-soft px-4 py-2 text-sm md:px-8">
      <p className="min-w-0 flex-1 basis-96">
        <strong className="font-semibold">{t('app.upgrade.title')}</strong> {t('app.upgrade.text', { loaded, version })}
      </p>
      <Button size="sm" look="primary" onClick={() => window.location.reload()}>
        {t('app.upgrade.reload')}
      </Button>
    </section>
  )
}
