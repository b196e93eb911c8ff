import { RecordBrowser } from '@/parts/records/RecordBrowser'
import { ButtonLink } from '@/ui/Button'
import { Fill } from '@/ui/Fill'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'

/** The accounts of every connection as they were told on a day. */
export default function PastAccountsPage() {
  useTitle(t('accounts.past.title'))
  return (
    <Fill>
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight">{t('accounts.past.title')}</h1>
          <p className="mt-0.5 max-w-4xl text-muted">{t('accounts.past.lead')}</p>
        </div>
        <ButtonLink href="/accounts">{t('accounts.compare.back')}</ButtonLink>
      </div>
      <div className="mt-4 min-h-0 flex-1 overflow-hidden rounded-lg border border-line bg-panel">
        <RecordBrowser
          scope={{ kind: 'account' }}
          kind="account"
          several
          empty={
            <>
              {t('accounts.none.all')}
              <span className="mt-4 block">
                <ButtonLink href="/connections/available">{t('accounts.none.action')}</ButtonLink>
              </span>
            </>
          }
        />
      </div>
    </Fill>
  )
}
