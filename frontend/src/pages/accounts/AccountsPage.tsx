import { CalendarClock, GitCompareArrows } from 'lucide-react'
import { accountPages, type AccountPage } from '@/api/people'
import { pageOf, pagePath } from '@/parts/accounts/names'
import { ButtonLink } from '@/ui/Button'
import { Fill } from '@/ui/Fill'
import { EmptyState } from '@/ui/States'
import { TabLinks } from '@/ui/TabLinks'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { AccountBrowser } from './AccountBrowser'
import { Compare } from './Compare'

const pageTitle = (page: AccountPage): string => (page === 'all' ? t('accounts.pages.all') : t(`app.accountPages.${page}`))

/** Who can sign in where and whose each account is: of all systems, or of those of one category. */
export default function AccountsPage({ page: asked = 'all', compare = false }: { page?: string; compare?: boolean }) {
  const page = pageOf(asked)
  useTitle(page && page !== 'all' ? pageTitle(page) : t('accounts.title'))
  if (!page) {
    return (
      <EmptyState heading="h1" title={t('app.notFound.title')} action={<ButtonLink href="/accounts">{t('accounts.compare.back')}</ButtonLink>}>
        {t('app.notFound.text')}
      </EmptyState>
    )
  }
  const path = pagePath(page)
  return (
    <Fill>
      <div className="flex flex-wrap items-start justify-between gap-x-4 gap-y-2">
        <div className="min-w-0">
          <h1 className="text-xl font-semibold tracking-tight">{t('accounts.title')}</h1>
          <p className="mt-0.5 max-w-4xl text-muted">
            {t(`accounts.about.${page}`)} {t('accounts.readOnly')}
          </p>
        </div>
        {compare ? (
          <ButtonLink href={path}>{t('accounts.compare.back')}</ButtonLink>
        ) : (
          <span className="flex flex-wrap gap-2">
            <ButtonLink href="/accounts/past" icon={<CalendarClock size={14} aria-hidden />}>
              {t('accounts.past.action')}
            </ButtonLink>
            <ButtonLink href={`/accounts/${page}/compare`} icon={<GitCompareArrows size={14} aria-hidden />}>
              {t('accounts.compare.action')}
            </ButtonLink>
          </span>
        )}
      </div>
      <div className="mt-3 max-w-full shrink-0 overflow-x-auto [&_a]:shrink-0 [&_a]:whitespace-nowrap [&_nav]:w-max [&_nav]:min-w-full">
        <TabLinks
          label={t('accounts.pages.label')}
          tabs={accountPages.map((one) => ({
            href: compare ? `/accounts/${one}/compare` : pagePath(one), title: pageTitle(one), count: undefined, current: one === page,
          }))}
        />
      </div>
      {compare ? <Compare key={page} page={page} /> : <AccountBrowser key={page} page={page} />}
    </Fill>
  )
}
