import { RefreshCw } from 'lucide-react'
import { useState } from 'react'
import { useConnectors, useDescribing } from '@/api/host'
import { asProblem } from '@/api/problem'
import type { Connector } from '@/api/types'
import { statement } from '@/lib/words'
import { Describing } from '@/parts/Describing'
import { TrustChip } from '@/parts/TrustChip'
import { Button } from '@/ui/Button'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import { useUpdates } from './queries'

/** The connector programs on this machine, with why each is taken for what it is. */
export function Connectors() {
  const { data, error, refetch } = useConnectors()
  const describing = useDescribing()
  const [asked, setAsked] = useState(false)
  const updates = useUpdates(asked)
  const ask = () => (asked ? void updates.refetch() : setAsked(true))
  return (
    <Section
      title={t('settings.connectors.title')}
      aside={
        <Button size="sm" asksAgent busy={updates.isFetching} icon={<RefreshCw size={14} aria-hidden />} onClick={ask}>
          {t('settings.connectors.ask')}
        </Button>
      }
    >
      <p role="status" className="mb-2 text-sm text-muted empty:hidden">
        {updates.error ? statement(asProblem(updates.error).message) : updates.data?.length === 0 ? t('settings.connectors.upToDate') : ''}
      </p>
      <div className={card}>
        {error && !data ? (
          <ErrorState what={t('settings.connectors.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : !data ? (
          <SkeletonRows rows={6} label={t('settings.connectors.loading')} />
        ) : data.length === 0 && describing > 0 ? (
          <SkeletonRows rows={6} label={t('settings.connectors.loading')} />
        ) : data.length === 0 ? (
          <EmptyState title={t('settings.connectors.none')}>{t('settings.connectors.noneWhy')}</EmptyState>
        ) : (
          <ul className="divide-y divide-line">
            {data.map((one) => (
              <Row key={one.id} connector={one} update={updates.data?.find(({ manifest }) => manifest.id === one.id)?.manifest.version} />
            ))}
          </ul>
        )}
        <Describing className="border-t border-line px-4 py-2" />
      </div>
    </Section>
  )
}

function Row({ connector, update }: { connector: Connector; update: string | undefined }) {
  return (
    <li className="grid gap-x-4 gap-y-0.5 px-4 py-2 text-sm compact:py-1 sm:grid-cols-[minmax(0,1fr)_7rem_minmax(0,1fr)]">
      <span className="min-w-0">
        <span className="font-medium">
          <Text>{connector.name || connector.id}</Text>
        </span>{' '}
        <span className="text-muted">{connector.connections > 0 && t('settings.connectors.used', { count: connector.connections })}</span>
      </span>
      <span className="tabular text-muted">
        <Text>{connector.version}</Text>
      </span>
      <span className="flex min-w-0 flex-wrap items-center gap-2 text-muted">
        {connector.problem ? (
          <span className="text-bad">
            <Sentence>{statement(connector.problem.message)}</Sentence>
          </span>
        ) : (
          t(`settings.trust.${connector.trust}`)
        )}
        {!connector.problem && <TrustChip connector={connector.id} trust={connector.trust} />}
        {update && <Sentence>{t('settings.connectors.update', { version: update, id: connector.id })}</Sentence>}
      </span>
    </li>
  )
}
