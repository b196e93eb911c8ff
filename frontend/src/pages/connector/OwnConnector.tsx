import { ArrowLeft, Copy } from 'lucide-react'
import { Link } from 'wouter'
import { copyText } from '@/lib/copy'
import { IconButton } from '@/ui/Button'
import { card } from '@/ui/Section'
import { notify } from '@/ui/Toasts'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'

const steps = [
  { key: 'new', command: 'plumbline connector new acme --category hris --declarative' },
  { key: 'dev', command: 'plumbline connector dev acme/acme.connector.yaml' },
  { key: 'test', command: 'plumbline connector test acme/acme.connector.yaml' },
  { key: 'pack', command: 'plumbline connector pack acme/acme.connector.yaml --out acme.tar.gz' },
] as const

/** How to write a connector for a system that none reads yet. */
export default function OwnConnector() {
  useTitle(t('available.own_title'))
  const copy = (command: string) => void copyText(command).then((done) => done && notify.done(t('available.own_copied')))
  return (
    <div className="max-w-3xl">
      <Link href="/connections/available" className="inline-flex min-h-6 items-center gap-1 text-sm text-muted hover:text-text">
        <ArrowLeft size={14} aria-hidden />
        {t('available.back')}
      </Link>
      <h1 className="mt-3 text-xl font-semibold tracking-tight">{t('available.own_title')}</h1>
      <p className="mt-1 text-muted">{t('available.own_lead')}</p>
      <ol className={`${card} mt-5 divide-y divide-line`}>
        {steps.map(({ key, command }, i) => (
          <li key={key} className="flex gap-4 p-4">
            <span className="tabular flex size-6 shrink-0 items-center justify-center rounded-full bg-accent-soft text-sm font-medium text-accent">{i + 1}</span>
            <div className="min-w-0 flex-1">
              <h2 className="font-medium">{t(`available.own_step_${key}`)}</h2>
              <p className="text-sm text-muted">{t(`available.own_step_${key}_why`)}</p>
              <div className="mt-2 flex items-center gap-1 rounded-md bg-sunken py-1 pr-1 pl-3">
                <code className="min-w-0 flex-1 font-mono text-xs break-all">{command}</code>
                <IconButton label={t('available.own_copy')} onClick={() => copy(command)}>
                  <Copy size={14} aria-hidden />
                </IconButton>
              </div>
            </div>
          </li>
        ))}
      </ol>
    </div>
  )
}
