import type { ConnectionStatus } from '@/api/types'
import { EmptyState } from '@/ui/States'
import { t } from '@/words'
import { LatestChanges } from './LatestChanges'

const most = 200

/** What runs added, changed and removed: the latest here, all of them in the list of changes. */
export function ChangesTab({ connection }: { connection: ConnectionStatus }) {
  return (
    <LatestChanges
      connection={connection}
      most={most}
      link={t('connection.changes.open')}
      none={(why) => <EmptyState title={t('connection.changes.noneTitle')}>{why}</EmptyState>}
      more={<p className="border-t border-line px-4 py-2.5 text-sm text-muted">{t('connection.changes.more', { count: most })}</p>}
    />
  )
}
