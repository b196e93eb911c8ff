import { FlaskConical } from 'lucide-react'
import { useEffect } from 'react'
import { useStatus } from '@/api/host'
import { visible } from '@/lib/visible'
import { announce } from '@/ui/Announce'
import { Sentence } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'

/** Says on every screen which connectors are in development, and what that means for what they read. */
export function DevelopmentBar() {
  const { data } = useStatus()
  const list = data?.developments ?? []
  const names = list.map((one) => one.connector).join(', ')
  useEffect(() => {
    if (names) announce(t('app.development.said', { names: visible(names) }))
  }, [names])
  if (list.length === 0) return null
  return (
    <section aria-label={t('app.development.label')} className="border-b border-line bg-warn-soft px-4 py-2 text-sm md:px-8">
      <ul className="space-y-2">
        {list.map((one) => (
          <li key={one.id} className="flex flex-wrap items-baseline gap-x-3 gap-y-1 text-warn" data-development={one.connector}>
            <p className="flex min-w-0 flex-1 basis-72 items-start gap-2 font-medium">
              <FlaskConical size={16} aria-hidden className="mt-0.5 shrink-0" />
              <span>
                <Sentence>{`${one.message}.`}</Sentence>
              </span>
            </p>
            <span className="tabular text-xs whitespace-nowrap">
              {t('app.development.began')} <Time at={one.since} />
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
