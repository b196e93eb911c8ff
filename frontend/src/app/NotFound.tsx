import { ButtonLink } from '@/ui/Button'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'

export function NotFound() {
  useTitle(t('app.notFound.page'))
  return (
    <div className="px-6 py-16 text-center">
      <h1 className="text-lg font-semibold">{t('app.notFound.title')}</h1>
      <p className="mt-1 text-muted">{t('app.notFound.text')}</p>
      <ButtonLink href="/" className="mt-4">
        {t('app.notFound.action')}
      </ButtonLink>
    </div>
  )
}
