import { useQuery } from '@tanstack/react-query'
import { Download } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { evidenceFile, getOneEvidence, type Artifact, type Evidence } from '@/api/assurance'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import { bytes } from '@/lib/numbers'
import { offerFile } from '@/lib/offerFile'
import { zonedTime } from '@/lib/time'
import { visible } from '@/lib/visible'
import { actorWords, statement } from '@/lib/words'
import { controlPath } from '@/parts/assurance/paths'
import { EvidenceStateChip } from '@/parts/assurance/State'
import { Button, ButtonLink } from '@/ui/Button'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { RenewDialog } from './RenewDialog'

/** Evidence that a person added: its state, every version, and the controls that it shows. */
export default function EvidenceItemPage({ id }: { id: string }) {
  const query = useQuery({ queryKey: keys.oneEvidence(id), queryFn: ({ signal }) => getOneEvidence(id, signal) })
  const [asked, setAsked] = useState(false)
  const one = query.data
  useTitle(one?.title ?? id)
  if (query.isError && !one) {
    const problem = asProblem(query.error)
    if (problem.code !== 'not_found') return <ErrorState heading="h1" what={t('evidence.one.failed')} problem={problem} onRetry={() => void query.refetch()} />
    return (
      <EmptyState heading="h1" title={visible(t('evidence.one.missing', { id }), 200)} action={<ButtonLink href="/evidence">{t('evidence.one.all')}</ButtonLink>}>
        {t('evidence.one.missingWhy')}
      </EmptyState>
    )
  }
  if (!one) return <SkeletonRows rows={6} label={t('evidence.one.loading')} />
  return (
    <article data-evidence={one.id}>
      <header className="border-b border-line pb-4">
        <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
          <h1 className="min-w-0 text-xl font-semibold tracking-tight break-words">
            <Text>{one.title}</Text>
          </h1>
          {one.state !== 'removed' && (
            <Button look="primary" asksAgent onClick={() => setAsked(true)}>
              {t(one.latest ? 'evidence.one.renew' : 'evidence.one.add')}
            </Button>
          )}
        </div>
        <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1 text-sm">
          <EvidenceStateChip state={one.state} />
          <span className="text-muted">
            <Sentence>{statement(one.reason)}</Sentence>
          </span>
        </div>
        <p className="mt-1.5 text-sm text-muted">
          {one.owner ? visible(t('evidence.one.owner', { owner: one.owner })) : t('evidence.one.noOwner')}{' '}
          {one.renew_every_days !== undefined && t('evidence.one.every', { count: one.renew_every_days })}
        </p>
        {one.removed && (
          <p role="note" className="mt-3 rounded-md border border-line bg-sunken px-4 py-2.5 text-sm">
            {t('evidence.one.removed', { actor: actorWords(one.removed.by), moment: zonedTime(one.removed.at) })} <Sentence>{statement(one.removed.reason)}</Sentence>
          </p>
        )}
      </header>
      <Versions one={one} />
      <Controls one={one} />
      {asked && <RenewDialog one={one} onClose={() => setAsked(false)} />}
    </article>
  )
}

function Versions({ one }: { one: Evidence }) {
  const versions = one.versions.toSorted((a, b) => b.number - a.number)
  return (
    <Section title={t('evidence.one.versions')}>
      <div className={card}>
        {versions.length === 0 ? (
          <p className="px-4 py-4 text-muted">{t('evidence.one.noVersion')}</p>
        ) : (
          <ol className="divide-y divide-line">
            {versions.map((artifact) => (
              <Version key={artifact.number} evidence={one.id} artifact={artifact} />
            ))}
          </ol>
        )}
      </div>
    </Section>
  )
}

function Version({ evidence, artifact }: { evidence: string; artifact: Artifact }) {
  const { file, number } = artifact
  return (
    <li className="flex flex-wrap items-start gap-x-4 gap-y-2 px-4 py-3 text-sm" data-version={number}>
      <div className="min-w-0 flex-1 basis-72">
        <p className="font-medium break-words">
          <What artifact={artifact} />
        </p>
        <p className="text-muted">
          {t(`evidence.kind.${artifact.kind}`)}, {t('evidence.one.collected', { from: zonedTime(artifact.collected_at), to: zonedTime(artifact.valid_until) })}
        </p>
        <p className="text-xs text-muted">{t('evidence.one.addedBy', { number, actor: actorWords(artifact.by), moment: zonedTime(artifact.at) })}</p>
        {file && <p className="mt-0.5 font-mono text-xs break-all text-muted">{`SHA-256 ${file.sha256}`}</p>}
      </div>
      {file && (
        <Button
          size="sm"
          asksAgent
          icon={<Download size={14} aria-hidden />}
          aria-label={visible(t('evidence.one.downloadOf', { name: file.name, number }))}
          onClick={() => offerFile(evidenceFile(evidence, number), file.name)}
        >
          {t('evidence.one.download')}
        </Button>
      )}
    </li>
  )
}

function What({ artifact }: { artifact: Artifact }) {
  const { file, link, ticket, statement: said } = artifact
  if (file) return <Text>{`${file.name} (${bytes(file.bytes)})`}</Text>
  if (said) return <Sentence>{said}</Sentence>
  const at = link ?? ticket ?? ''
  if (!/^https?:\/\//.test(at)) return <Text>{at}</Text>
  return (
    <a href={at} target="_blank" rel="noreferrer" className="rounded break-all underline decoration-line-strong underline-offset-2 hover:decoration-current">
      <Text>{at}</Text>
    </a>
  )
}

function Controls({ one }: { one: Evidence }) {
  return (
    <Section title={t('evidence.one.controls')}>
      <div className={`${card} px-4 py-3`}>
        {one.controls.length === 0 ? (
          <p className="text-muted">{t('evidence.one.noControl')}</p>
        ) : (
          <ul className="flex flex-wrap gap-x-4 gap-y-1">
            {one.controls.map((id) => (
              <li key={id}>
                <Link href={controlPath(id)} className="rounded underline decoration-line-strong underline-offset-2 hover:decoration-current">
                  <Text>{id}</Text>
                </Link>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Section>
  )
}
