import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { Storage } from '@/api/types'
import { bytes, count } from '@/lib/numbers'
import { fullTime } from '@/lib/time'
import { card, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'
import { Fact } from './Fact'
import { useStorage } from './queries'

/** How much is kept, since when, and how it is looked after. */
export function StorageFacts() {
  const { data, error, refetch } = useStorage()
  return (
    <Section
      title={t('settings.storage.title')}
      aside={
        <Link href="/backup" className="text-sm text-accent hover:underline">
          {t('settings.storage.backupLink')}
        </Link>
      }
    >
      <div className={card}>
        {error && !data ? (
          <ErrorState what={t('settings.storage.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : data ? (
          <Facts storage={data} />
        ) : (
          <SkeletonRows rows={4} label={t('settings.storage.loading')} />
        )}
      </div>
    </Section>
  )
}

function Facts({ storage }: { storage: Storage }) {
  const { disk, pruned, pruned_at: prunedAt } = storage
  return (
    <dl className="divide-y divide-line">
      <Fact name={t('settings.storage.size')} about={t('settings.storage.sizeMeaning')}>
        {bytes(storage.bytes)}
      </Fact>
      <Fact name={t('settings.storage.disk')} about={t('settings.storage.diskMeaning', { floor: bytes(disk.floor_bytes) })}>
        {bytes(disk.free_bytes)} {disk.message && <Sentence>{`${disk.message} ${disk.remedy}`}</Sentence>}
      </Fact>
      <Fact name={t('settings.storage.since')} about={t('settings.storage.sinceMeaning')}>
        {storage.history_since ? fullTime(storage.history_since) : t('settings.storage.beginning')}
      </Fact>
      <Fact name={t('settings.storage.pruned')} about={t('settings.storage.prunedMeaning')}>
        {prunedAt ? fullTime(prunedAt) : t('settings.storage.notPruned')}
        {pruned && <span className="block text-muted">{t('settings.storage.prunedWhat', { versions: count(pruned.versions), changes: count(pruned.changes), runs: count(pruned.runs), logs: count(pruned.logs) })}</span>}
      </Fact>
      <Fact name={t('settings.storage.backup')} about={t('settings.storage.backupMeaning')}>
        {storage.backup ? fullTime(storage.backup.created_at) : t('backup.never')}
      </Fact>
      <Fact name={t('settings.storage.key')} about={t('settings.storage.keyMeaning')}>
        <Sentence>{storage.key}</Sentence>
      </Fact>
    </dl>
  )
}
