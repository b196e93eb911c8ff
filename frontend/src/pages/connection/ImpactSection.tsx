import { asProblem } from '@/api/problem'
import type { ConnectionStatus } from '@/api/types'
import { ImpactList } from '@/parts/impact/ImpactList'
import { useImpact } from '@/parts/impact/queries'
import { card, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { t } from '@/words'

/** What depends on this connection, said before it is missed. */
export function ImpactSection({ connection }: { connection: ConnectionStatus }) {
  const impact = useImpact(connection.id)
  const failing = connection.health === 'unhealthy'
  return (
    <Section title={t('connection.impact.title')}>
      <div className={card}>
        {impact.isPending && <SkeletonRows rows={2} label={t('connection.impact.loading')} />}
        {impact.isError && (
          <ErrorState what={t('connection.impact.unknown')} problem={asProblem(impact.error)} onRetry={() => void impact.refetch()} />
        )}
        {impact.data && (
          <div className="px-4 py-3">
            {failing && <p className="mb-2 text-sm text-warn">{t('connection.impact.whileFailing')}</p>}
            <ImpactList impact={impact.data} people={false} />
          </div>
        )}
      </div>
    </Section>
  )
}
