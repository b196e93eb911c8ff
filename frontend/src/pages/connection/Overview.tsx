import type { ConnectionStatus } from '@/api/types'
import { ExplanationCard } from '@/parts/explanation/ExplanationCard'
import { SummaryCard } from '@/parts/summary/SummaryCard'
import { useUrl } from '@/ui/useUrl'
import { ConnectorFacts } from './ConnectorFacts'
import { Coverage } from './Coverage'
import { CredentialSection } from './CredentialSection'
import { Freshness } from './Freshness'
import { ImpactSection } from './ImpactSection'
import { LastChanges } from './LastChanges'
import { SyncStatus } from './SyncStatus'

/** What a person asks first: did it work, how fresh is it, what changed, on whom does it depend. */
export function Overview({ connection }: { connection: ConnectionStatus }) {
  const url = useUrl()
  const selected = url.one('run')
  const earlier = selected !== '' && selected !== connection.last_run?.id ? selected : undefined
  return (
    <>
      <SyncStatus connection={connection} selected={selected} onSelect={(run) => url.set({ run })} />
      <ExplanationCard connection={connection} run={earlier} wanted={earlier !== undefined || connection.health === 'unhealthy'} />
      <SummaryCard connection={connection} wanted={earlier === undefined && connection.health === 'unhealthy'} />
      <div className="grid items-start gap-x-8 lg:grid-cols-[minmax(0,3fr)_minmax(0,2fr)]">
        <div className="min-w-0">
          <Freshness connection={connection} />
          <Coverage connection={connection} />
          <LastChanges connection={connection} />
        </div>
        <div className="min-w-0">
          <ImpactSection connection={connection} />
          <CredentialSection connection={connection} />
          <ConnectorFacts connection={connection} />
        </div>
      </div>
    </>
  )
}
