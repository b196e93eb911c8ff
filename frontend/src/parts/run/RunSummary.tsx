import type { Run, RunOutcome } from '@/api/types'
import { duration, elapsed } from '@/lib/time'
import { programWords } from '@/lib/trust'
import { startedWords } from '@/lib/words'
import { StatusWord } from '@/parts/StatusIcon'
import { TrustChip } from '@/parts/TrustChip'
import { useKnownNow } from '@/ui/offline'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { usual } from './median'

/** One line about a run: how it stands, who started it, and how long it took against what is usual. */
export function RunSummary({ run, history }: { run: Run; history: RunOutcome[] }) {
  const now = useKnownNow(!run.finished_at)
  const took = elapsed(run.started_at, run.finished_at, now)
  const program = programWords(run)
  const median = usual(history, run.id)
  return (
    <p className="flex flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted" data-run-status={run.status} data-run-id={run.id}>
      <StatusWord status={run.status} />
      <Text>{startedWords(run)}</Text>
      <Time at={run.started_at ?? run.queued_at} />
      {took !== null && (
        <span className="tabular">
          {duration(took)}
          {median && (
            <span className="text-faint" title={t('run.median.of', { count: median.runs })}>
              {' '}
              {t('run.median.usually', { duration: duration(median.seconds) })}
            </span>
          )}
        </span>
      )}
      {program && (
        <span title={run.connector_sha256 && `SHA-256 ${run.connector_sha256}`}>
          <Text>{program}</Text>
        </span>
      )}
      <TrustChip connector={run.connector} trust={run.connector_trust} />
    </p>
  )
}
