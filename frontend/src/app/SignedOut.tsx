import { Copy, KeyRound } from 'lucide-react'
import { useState } from 'react'
import { copyText } from '@/lib/copy'
import { Button } from '@/ui/Button'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'

const command = 'plumbline open'

/** The agent does not know this browser; only somebody who may use Plumbline already can let it in. */
export function SignedOut() {
  useTitle(t('app.signedOut.title'))
  return (
    <main className="mx-auto flex min-h-screen max-w-lg flex-col justify-center px-6 py-10">
      <KeyRound size={20} aria-hidden className="text-muted" />
      <h1 className="mt-3 text-xl font-semibold">{t('app.signedOut.title')}</h1>
      <p className="mt-2 text-muted">{t('app.signedOut.why')}</p>
      <h2 className="mt-6 text-sm font-semibold">{t('app.signedOut.ways')}</h2>
      <ul className="mt-1 list-disc space-y-2 pl-5 text-muted marker:text-faint">
        <li>
          {t('app.signedOut.command')}
          <CommandLine />
        </li>
        <li>{t('app.signedOut.desktop')}</li>
        <li>{t('app.signedOut.other')}</li>
      </ul>
      <details className="mt-5 text-sm text-muted">
        <summary className="py-1 font-medium text-text">{t('app.signedOut.noButton')}</summary>
        <p className="mt-1">{t('app.signedOut.noButtonText')}</p>
      </details>
      <div className="mt-6">
        <Button onClick={() => window.location.reload()}>{t('app.signedOut.reload')}</Button>
      </div>
    </main>
  )
}

function CommandLine() {
  const [copied, setCopied] = useState(false)
  return (
    <span className="mt-1.5 flex items-center justify-between gap-2 rounded-md border border-line bg-sunken py-1 pr-1 pl-3 text-text">
      <code className="font-mono text-sm">{command}</code>
      <Button size="sm" look="ghost" icon={<Copy size={14} aria-hidden />} onClick={() => void copyText(command).then(setCopied)}>
        <span aria-live="polite">{copied ? t('app.signedOut.copied') : t('app.signedOut.copy')}</span>
      </Button>
    </span>
  )
}
