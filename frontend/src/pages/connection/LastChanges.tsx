import type { ConnectionStatus } from '@/api/types'
import { t } from '@/words'
import { LatestChanges } from './LatestChanges'

/** The few latest changes, for the overview. */
export function LastChanges({ connection }: { connection: ConnectionStatus }) {
  return (
    <LatestChanges
      connection={connection}
      most={10}
      link={t('connection.changes.all')}
      none={(why) => <p className="px-4 py-3 text-sm text-muted">{why}</p>}
    />
  )
}
