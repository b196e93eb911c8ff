import { ShieldCheck } from 'lucide-react'
import { startVerification } from '@/api/host'
import { asProblem } from '@/api/problem'
import type { Verification } from '@/api/types'
import { count } from '@/lib/numbers'
import { fullTime } from '@/lib/time'
import { statement } from '@/lib/words'
import { TaskProgress, useLatestTask, useStartTask } from '@/parts/Tasks'
import { Button } from '@/ui/Button'
import { card } from '@/ui/Section'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'

/** Whether everything stored agrees with its hashes and chains, and a new check of it. */
export function VerifyAll({ verified }: { verified: Verification | undefined }) {
  const task = useLatestTask('verify')
  const start = useStartTask('verify', () => startVerification())
  if (task?.status === 'running') {
    return (
      <div className={card}>
        <TaskProgress task={task} />
      </div>
    )
  }
  const error = start.error ? asProblem(start.error) : task?.error
  return (
    <div className={`${card} px-4 py-3`}>
      <div className="flex flex-wrap items-start justify-between gap-3">
        <div className="min-w-0 flex-1 basis-72">
          <p>{verified ? resultWords(verified) : t('backup.verify.never')}</p>
          <p className="mt-0.5 text-sm text-muted">{t('backup.verify.meaning')}</p>
          {task?.status === 'cancelled' && <p className="mt-1 text-sm text-muted">{t('backup.verify.cancelled')}</p>}
          {error && (
            <p role="alert" className="mt-1 text-sm text-bad">
              <Sentence>{statement(error.message)}</Sentence> <Sentence>{error.remedy}</Sentence>
            </p>
          )}
        </div>
        <Button asksAgent busy={start.isPending} icon={<ShieldCheck size={14} aria-hidden />} onClick={() => start.mutate(undefined)}>
          {t('backup.verify.start')}
        </Button>
      </div>
      {verified && verified.bad.length > 0 && (
        <ul className="mt-2 list-disc space-y-1 pl-5 text-sm text-bad">
          {verified.bad.map((bad, i) => (
            <li key={i}>
              <Text>{[bad.alias, bad.file, bad.message].filter(Boolean).join(' · ')}</Text>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function resultWords({ finished_at, connections, audit, bad }: Verification): string {
  if (bad.length > 0) return t('backup.verify.bad', { at: fullTime(finished_at), count: bad.length })
  const versions = connections.reduce((sum, one) => sum + one.versions, 0)
  return t('backup.verify.good', { at: fullTime(finished_at), versions: count(versions), entries: count(audit.length) })
}
