import { useLocation } from 'wouter'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { ButtonLink } from '@/ui/Button'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { TabLinks } from '@/ui/TabLinks'
import { useKeys } from '@/ui/useKeys'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { ActivityTab } from './ActivityTab'
import { ChangesTab } from './ChangesTab'
import { DataTab } from './DataTab'
import { Header } from './Header'
import { HeldRemovals } from './HeldRemovals'
import { Overview } from './Overview'
import { useConnection } from './queries'
import { RunsTab } from './RunsTab'
import { SettingsTab } from './SettingsTab'
import { tabs, type Tab } from './tabs'

const panels: Record<Tab, (props: { connection: ConnectionStatus }) => React.ReactNode> = {
  overview: Overview,
  runs: RunsTab,
  data: DataTab,
  changes: ChangesTab,
  activity: ActivityTab,
  settings: SettingsTab,
}

export default function DetailPage({ connection: ref, tab = 'overview' }: { connection: string; tab?: string }) {
  const query = useConnection(ref)
  const connection = query.data
  const known = tabs.find((one) => one === tab)
  useTitle(connection && known ? `${connection.alias} · ${t(`connection.tab.${known}`)}` : (connection?.alias ?? ref))

  if (query.isPending) return <SkeletonRows rows={5} label={t('connection.loading')} />
  if (!connection) return <Missing reference={ref} error={query.error} onRetry={() => void query.refetch()} />
  const Panel = panels[known ?? 'overview']
  return (
    <>
      <Header connection={connection} />
      <Tabs connection={connection} current={known ?? 'overview'} />
      <HeldRemovals connection={connection} />
      <Panel connection={connection} />
    </>
  )
}

const pathOf = (connection: ConnectionStatus, tab: Tab) => (tab === 'overview' ? connectionPath(connection) : `${connectionPath(connection)}/${tab}`)

function Tabs({ connection, current }: { connection: ConnectionStatus; current: Tab }) {
  const [, navigate] = useLocation()
  const go = (at: number) => () => {
    const tab = tabs[at]
    if (tab) navigate(pathOf(connection, tab))
  }
  useKeys({ tab_1: go(0), tab_2: go(1), tab_3: go(2), tab_4: go(3), tab_5: go(4), tab_6: go(5) })
  return (
    <div className="overflow-x-auto">
      <TabLinks
        label={t('connection.tab.label', { alias: connection.alias })}
        tabs={tabs.map((tab) => ({
          href: pathOf(connection, tab),
          title: t(`connection.tab.${tab}`),
          count: undefined,
          current: tab === current,
        }))}
      />
    </div>
  )
}

function Missing({ reference, error, onRetry }: { reference: string; error: unknown; onRetry: () => void }) {
  const problem = asProblem(error)
  if (problem.code !== 'not_found') return <ErrorState heading="h1" what={t('connection.notLoaded')} problem={problem} onRetry={onRetry} />
  return (
    <EmptyState
      heading="h1"
      title={t('connection.missing.title', { reference })}
      action={<ButtonLink href="/connections">{t('connection.missing.go')}</ButtonLink>}
    >
      {t('connection.missing.why')}
    </EmptyState>
  )
}
