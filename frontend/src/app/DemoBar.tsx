import { Theater } from 'lucide-react'
import { useStatus } from '@/api/host'
import { t } from '@/words'

/** Says on every screen of a demo that the company does not exist. */
export function DemoBar() {
  const { data } = useStatus()
  if (!data?.demo) return null
  return (
    <section aria-label={t('app.demo.label')} className="border-b border-line bg-accent-soft px-4 py-2 text-sm md:px-8">
      <p className="flex items-start gap-2">
        <Theater size={16} aria-hidden className="mt-0.5 shrink-0" />
        <span>
          <strong className="font-semibold">{t('app.demo.title')}</strong> {t('app.demo.text')}
        </span>
      </p>
    </section>
  )
}
