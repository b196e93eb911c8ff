import { useQuery } from '@tanstack/react-query'
import { getBackups, getStorage } from '@/api/host'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import type { Backup, Storage } from '@/api/types'
import { bytes } from '@/lib/numbers'
import { fullTime } from '@/lib/time'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { StartBackup } from './StartBackup'
import { VerifyAll } from './VerifyAll'

/** Backups: the latest, a new one, whether what is stored is whole, and the way back. */
export default function BackupPage() {
  useTitle(t('backup.title'))
  const storage = useQuery({ queryKey: keys.storage, queryFn: ({ signal }) => getStorage(signal) })
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">{t('backup.title')}</h1>
      <p className="mt-0.5 text-muted">{storage.data ? latestWords(storage.data) : t('backup.about')}</p>
      <Section title={t('backup.new.title')}>
        <StartBackup dir={storage.data?.backup_dir} />
      </Section>
      <Section title={t('backup.list.title')}>
        <List />
      </Section>
      <Section title={t('backup.verify.title')}>
        <VerifyAll verified={storage.data?.verified} />
      </Section>
      <Section title={t('backup.restore.title')}>
        <Restore storage={storage.data} />
      </Section>
    </>
  )
}

function latestWords({ backup }: Storage): string {
  return backup ? t('backup.latest', { at: fullTime(backup.created_at), file: backup.file }) : t('backup.never')
}

function List() {
  const { data, error, refetch } = useQuery({ queryKey: keys.backups, queryFn: ({ signal }) => getBackups(signal) })
  if (error && !data) return <ErrorState what={t('backup.list.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
  return (
    <div className={card}>
      {!data ? (
        <SkeletonRows rows={3} label={t('backup.list.loading')} />
      ) : data.length === 0 ? (
        <EmptyState title={t('backup.list.none')}>{t('backup.list.noneWhy')}</EmptyState>
      ) : (
        <div className="overflow-x-auto" tabIndex={0} role="region" aria-label={t('backup.list.title')}>
          <table className="w-full text-sm">
            <thead className="border-b border-line text-xs text-muted">
              <tr>
                <Head>{t('backup.list.file')}</Head>
                <Head>{t('backup.list.made')}</Head>
                <Head>{t('backup.list.size')}</Head>
                <Head>{t('backup.list.sealed')}</Head>
              </tr>
            </thead>
            <tbody className="divide-y divide-line">
              {data.map((one) => (
                <Row key={one.file} backup={one} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  )
}

const Head = ({ children }: { children: string }) => (
  <th scope="col" className="h-9 px-4 whitespace-nowrap">
    {children}
  </th>
)

function Row({ backup }: { backup: Backup }) {
  return (
    <tr>
      <th scope="row" className="px-4 py-2 font-mono text-xs font-normal break-all">
        <Text>{backup.file}</Text>
      </th>
      <td className="px-4 py-2 whitespace-nowrap">
        <Time at={backup.created_at} />
      </td>
      <td className="tabular px-4 py-2 whitespace-nowrap">{bytes(backup.bytes)}</td>
      <td className="px-4 py-2 whitespace-nowrap">{t(`backup.sealed.${backup.sealed_with}`)}</td>
    </tr>
  )
}

/** A restore is made without a running agent, so it is a command; this is the way, step by step. */
function Restore({ storage }: { storage: Storage | undefined }) {
  const file = storage?.backup?.file ?? 'FILE'
  return (
    <div className={`${card} space-y-3 px-4 py-3`}>
      <p className="text-muted">{t('backup.restore.about')}</p>
      <ol className="list-decimal space-y-2 pl-5 marker:text-faint">
        <li>
          {t('backup.restore.check')} <Command>{`plumbline backup verify ${file}`}</Command>
        </li>
        <li>{t('backup.restore.stop')}</li>
        <li>
          {t('backup.restore.run')} <Command>{`plumbline backup restore ${file}`}</Command>
        </li>
        <li>{t('backup.restore.secrets')}</li>
      </ol>
      {storage && (
        <p className="border-t border-line pt-3 text-muted">
          <span className="font-medium text-text">{t('backup.key.title')}</span> <Sentence>{`${storage.key}.`}</Sentence> {t('backup.key.meaning')}
        </p>
      )}
    </div>
  )
}

const Command = ({ children }: { children: string }) => (
  <code className="mt-1 block w-fit max-w-full rounded bg-sunken px-2 py-1 font-mono text-xs break-all">
    <Text>{children}</Text>
  </code>
)
