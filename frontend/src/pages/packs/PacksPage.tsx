import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Copy, Download, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { getFrameworks } from '@/api/assurance'
import { keys } from '@/api/keys'
import { deletePack, getPackKey, getPacks, packFile, type Pack } from '@/api/packs'
import { asProblem } from '@/api/problem'
import { copyText } from '@/lib/copy'
import { bytes } from '@/lib/numbers'
import { offerFile } from '@/lib/offerFile'
import { zonedTime } from '@/lib/time'
import { visible } from '@/lib/visible'
import { actorWords, statement, type Tone } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Chip } from '@/ui/Chip'
import { Dialog } from '@/ui/Dialog'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { notify } from '@/ui/Toasts'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { Wizard } from './Wizard'

/** Evidence packs: a new one, those that were made, and the key that verifies them. */
export default function PacksPage() {
  useTitle(t('packs.title'))
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">{t('packs.title')}</h1>
      <p className="mt-0.5 max-w-3xl text-muted">{t('packs.about')}</p>
      <Section title={t('packs.new')}>
        <Wizard />
      </Section>
      <Section title={t('packs.list')}>
        <List />
      </Section>
      <Section title={t('packs.key.title')}>
        <Key />
      </Section>
    </>
  )
}

export const usePacks = () => useQuery({ queryKey: keys.packs, queryFn: ({ signal }) => getPacks(signal) })

function List() {
  const query = usePacks()
  const frameworks = useQuery({ queryKey: keys.frameworks, queryFn: ({ signal }) => getFrameworks(signal) })
  const titles = new Map(frameworks.data?.map((one) => [one.id, one.title]))
  const [asked, setAsked] = useState<Pack>()
  if (query.isError && !query.data) return <ErrorState what={t('packs.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  return (
    <div className={card}>
      {!query.data ? (
        <SkeletonRows rows={2} label={t('packs.loading')} />
      ) : query.data.length === 0 ? (
        <EmptyState title={t('packs.none')}>{t('packs.noneWhy')}</EmptyState>
      ) : (
        <ul className="divide-y divide-line">
          {query.data.map((pack) => (
            <Row key={pack.id} pack={pack} framework={titles.get(pack.framework) ?? pack.framework} onDelete={() => setAsked(pack)} />
          ))}
        </ul>
      )}
      {asked && <DeleteDialog pack={asked} onClose={() => setAsked(undefined)} />}
    </div>
  )
}

const tones: Record<Pack['status'], Tone> = { running: 'info', done: 'ok', failed: 'bad', cancelled: 'quiet' }

function Row({ pack, framework, onDelete }: { pack: Pack; framework: string; onDelete: () => void }) {
  const name = pack.file ?? pack.id
  const gone = pack.status === 'done' && !pack.kept
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3" data-pack={pack.status}>
      <div className="min-w-0 flex-1 basis-80">
        <p className="flex flex-wrap items-center gap-x-2 gap-y-1 font-medium">
          <span className="min-w-0 break-all">
            <Text>{name}</Text>
          </span>
          <Chip tone={gone ? 'quiet' : tones[pack.status]}>{t(gone ? 'packs.status.gone' : `packs.status.${pack.status}`)}</Chip>
        </p>
        <p className="text-sm text-muted">
          <Text>{framework}</Text>, {t('packs.period', { from: zonedTime(pack.from), to: zonedTime(pack.moment) })}
          {', '}
          {pack.controls ? t('packs.controls.some', { count: pack.controls.length }) : t('packs.controls.all')}
        </p>
        <p className="text-sm text-muted">
          {pack.by ? t('packs.madeBy', { actor: actorWords(pack.by) }) : t('packs.made')} <Time at={pack.finished_at ?? pack.started_at} />
          {pack.bytes !== undefined && <span className="tabular">, {t('packs.size', { size: bytes(pack.bytes), count: pack.records })}</span>}
        </p>
        {pack.downloaded && <p className="text-xs text-muted">{t('packs.downloaded', { actor: actorWords(pack.downloaded.by), moment: zonedTime(pack.downloaded.at) })}</p>}
        {pack.sha256 && <p className="mt-0.5 font-mono text-xs break-all text-muted">{`SHA-256 ${pack.sha256}`}</p>}
      </div>
      <div className="flex gap-2">
        {pack.kept && (
          <Button
            size="sm"
            asksAgent
            icon={<Download size={14} aria-hidden />}
            aria-label={visible(t('packs.downloadOf', { name }))}
            onClick={() => offerFile(packFile(pack.id), name)}
          >
            {t('packs.download')}
          </Button>
        )}
        {pack.status !== 'running' && (
          <Button size="sm" look="ghost" asksAgent icon={<Trash2 size={14} aria-hidden />} aria-label={visible(t('packs.deleteOf', { name }))} onClick={onDelete}>
            {t('packs.deleteAsk')}
          </Button>
        )}
      </div>
    </li>
  )
}

function DeleteDialog({ pack, onClose }: { pack: Pack; onClose: () => void }) {
  const cache = useQueryClient()
  const remove = useMutation({
    mutationFn: () => deletePack(pack.id),
    onSuccess: () => {
      notify.done(t('packs.deleted'))
      onClose()
    },
    onSettled: () => cache.invalidateQueries({ queryKey: keys.packs }),
  })
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('packs.deleteTitle')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="danger" asksAgent busy={remove.isPending} onClick={() => remove.mutate()}>
            {t('packs.delete')}
          </Button>
        </>
      }
    >
      <p className="break-all">
        <Text>{pack.file ?? pack.id}</Text>
      </p>
      <p>{t('packs.deleteMeans')}</p>
      {remove.error && (
        <p role="alert" className="text-bad">
          <Sentence>{statement(asProblem(remove.error).message)}</Sentence>
        </p>
      )}
    </Dialog>
  )
}

/** The public key: who has it can tell a pack that was changed. */
function Key() {
  const query = useQuery({ queryKey: keys.packKey, queryFn: ({ signal }) => getPackKey(signal) })
  const key = query.data
  if (query.isError && !key) return <ErrorState what={t('packs.key.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  return (
    <div className={`${card} px-4 py-3`}>
      {!key ? (
        <div role="status" aria-label={t('packs.key.loading')} className="skeleton h-4 w-72" />
      ) : !key.made || !key.public ? (
        <p className="text-muted">{t('packs.key.none')}</p>
      ) : (
        <>
          <PublicKey value={key.public} />
          {key.made_at && <p className="mt-1 text-sm text-muted">{t('packs.key.since', { moment: zonedTime(key.made_at) })}</p>}
          <p className="mt-1 text-sm text-muted">
            {t('packs.key.how')} <code className="font-mono text-xs break-all text-text">{`plumbline evidence verify FILE --key ${key.public}`}</code>
          </p>
          {key.lost && (
            <p role="note" className="mt-2 rounded-md bg-warn-soft px-3 py-2 text-sm text-warn">
              {t('packs.key.lost')}
            </p>
          )}
          {key.former.length > 0 && (
            <details className="mt-2 text-sm">
              <summary className="cursor-pointer text-muted">{t('packs.key.former', { count: key.former.length })}</summary>
              <ul className="mt-1 space-y-1">
                {key.former.map((one) => (
                  <li key={one.public}>
                    <PublicKey value={one.public} />
                    <span className="text-muted">{t('packs.key.formerOf', { from: zonedTime(one.made_at), to: zonedTime(one.retired_at) })}</span>
                  </li>
                ))}
              </ul>
            </details>
          )}
        </>
      )}
    </div>
  )
}

function PublicKey({ value }: { value: string }) {
  const copy = async () => {
    if (await copyText(value)) notify.done(t('packs.key.copied'))
  }
  return (
    <p className="flex flex-wrap items-center gap-2">
      <code className="font-mono text-sm break-all">{value}</code>
      <Button size="sm" look="ghost" icon={<Copy size={14} aria-hidden />} onClick={() => void copy()}>
        {t('packs.key.copy')}
      </Button>
    </p>
  )
}
