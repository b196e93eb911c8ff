import type { ConnectionStatus } from '@/api/types'
import { CoverageDays } from '@/parts/coverage/CoverageDays'
import { t } from '@/words'
import { useCoverage } from './queries'

/** On which of the last 90 days it was read: what an auditor asks of a period. */
export function Coverage({ connection }: { connection: ConnectionStatus }) {
  return connection.streams.length === 0 ? null : <Days of={connection.id} />
}

function Days({ of }: { of: string }) {
  return <CoverageDays title={t('connection.coverage.title')} coverage={useCoverage(of)} />
}
