import { Unplug } from 'lucide-react'
import { Button } from '@/ui/Button'
import { Sentence } from '@/ui/Text'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { Countdown } from './LiveDot'
import type { Live } from './live'
import { inWindow } from './location'

/** The agent has not answered since the page was opened. */
export function Unreachable({ live, retryAt }: { live: Live; retryAt: number }) {
  useTitle(t('app.unreachable.title'))
  return (
    <main className="mx-auto flex min-h-screen max-w-lg flex-col justify-center px-6 py-10">
      <Unplug size={20} aria-hidden className="text-warn" />
      <h1 className="mt-3 text-xl font-semibold">{t('app.unreachable.title')}</h1>
      <p className="mt-2 text-muted">{t('app.unreachable.cause')}</p>
      <h2 className="mt-6 text-sm font-semibold">{t('app.unreachable.what')}</h2>
      <ul className="mt-1 list-disc space-y-1 pl-5 text-muted marker:text-faint">
        {inWindow() ? (
          <li>{t('app.unreachable.desktop')}</li>
        ) : (
          <li>
            <Sentence>{t('app.unreachable.start')}</Sentence>
          </li>
        )}
        <li>
          <Sentence>{t('app.unreachable.look')}</Sentence>
        </li>
      </ul>
      <p className="mt-4 text-muted">{t('app.unreachable.more')}</p>
      <div className="mt-4 flex items-center gap-3">
        <Button look="primary" onClick={live.retry}>
          {t('app.offline.retry')}
        </Button>
        <Countdown until={retryAt} />
      </div>
    </main>
  )
}
