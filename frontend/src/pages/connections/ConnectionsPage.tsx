import { Plus } from 'lucide-react'
import { useConnectors } from '@/api/host'
import { ButtonLink } from '@/ui/Button'
import { TabLinks } from '@/ui/TabLinks'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { ActiveTab } from './ActiveTab'
import { AvailableTab } from './AvailableTab'
import { useStatus } from './queries'
import { totalOf } from './states'

export function ConnectionsPage({ tab }: { tab: 'active' | 'available' }) {
  const status = useStatus()
  const connectors = useConnectors()
  const ended = status.data?.counts.disconnected ?? 0
  useTitle(t(tab === 'active' ? 'connections.title' : 'connections.title_available'))
  return (
    <>
      <div className="flex items-start justify-between gap-4">
        <div>
          <h1 className="text-xl font-semibold tracking-tight">{t('connections.title')}</h1>
          <p className="mt-0.5 text-muted">{t('connections.lead')}</p>
        </div>
        {tab === 'active' && (
          <ButtonLink look="primary" href="/connections/available" icon={<Plus size={14} aria-hidden />}>
            {t('connections.connect')}
          </ButtonLink>
        )}
      </div>
      <div className="mt-4">
        <TabLinks
          label={t('connections.title')}
          tabs={[
            { href: '/connections', title: t('connections.active'), count: status.data && totalOf(status.data.counts), current: tab === 'active' },
            { href: '/connections/available', title: t('connections.available'), count: connectors.data?.length, current: tab === 'available' },
            ...(ended > 0 ? [{ href: '/connections/disconnected', title: t('connections.disconnected'), count: ended, current: false }] : []),
          ]}
        />
      </div>
      <div className="mt-4">{tab === 'active' ? <ActiveTab status={status} /> : <AvailableTab connectors={connectors} />}</div>
    </>
  )
}
