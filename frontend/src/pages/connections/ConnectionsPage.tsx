import { Plus } from 'lucide-react'
import { ButtonLink } from '@/ui/Button'
import { TabLinks } from '@/ui/TabLinks'
import { useTitle } from '@/ui/useTitle'
import { ActiveTab } from './ActiveTab'
import { AvailableTab } from './AvailableTab'
import { useConnectors, useStatus } from './queries'
import { totalOf } from './states'

export function ConnectionsPage({ tab }: { tab: 'active' | 'available' }) {
  const status = useStatus()
  const connectors = useConnectors()
  useTitle(tab === 'active' ? 'Connections' : 'Available connections')
  return (
    <>
      <div className="flex items-start justify-between gap-4">
        <div>
          <h1 className="text-xl font-semibold tracking-tight">Connections</h1>
          <p className="mt-0.5 text-muted">The systems your evidence comes from, and how well each one is read.</p>
        </div>
        {tab === 'active' && (
          <ButtonLink look="primary" href="/connections/available" icon={<Plus size={14} aria-hidden />}>
            Connect
          </ButtonLink>
        )}
      </div>
      <div className="mt-4">
        <TabLinks
          label="Connections"
          tabs={[
            { href: '/connections', title: 'Active', count: status.data && totalOf(status.data.counts), current: tab === 'active' },
            { href: '/connections/available', title: 'Available', count: connectors.data?.length, current: tab === 'available' },
          ]}
        />
      </div>
      <div className="mt-4">{tab === 'active' ? <ActiveTab status={status} /> : <AvailableTab connectors={connectors} />}</div>
    </>
  )
}
