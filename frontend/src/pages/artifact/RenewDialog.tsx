import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { renewEvidence, uploadEvidenceFile, type Artifact, type Evidence, type NewArtifact } from '@/api/assurance'
import { asProblem } from '@/api/problem'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { describe, FieldFrame, TextArea, TextInput } from '@/ui/Field'
import { Segments } from '@/ui/Segments'
import { Sentence } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'

const kinds = ['file', 'link', 'ticket', 'attestation'] as const satisfies readonly Artifact['kind'][]
type Kind = (typeof kinds)[number]

/** Adds an artifact, or renews it: a file, a link, a ticket or a statement. */
export function RenewDialog({ one, onClose }: { one: Evidence; onClose: () => void }) {
  const cache = useQueryClient()
  const [kind, setKind] = useState<Kind>(one.latest?.kind ?? 'file')
  const [file, setFile] = useState<File>()
  const [text, setText] = useState('')
  const [until, setUntil] = useState('')
  const renew = useMutation({
    mutationFn: async () => renewEvidence(one, await artifactOf(kind, file, text, until)),
    onSuccess: () => {
      notify.done(t('evidence.renew.saved'))
      onClose()
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ['controls'] }),
  })
  const ready = kind === 'file' ? file !== undefined : text.trim() !== ''
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t(one.latest ? 'evidence.one.renew' : 'evidence.one.add')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" asksAgent disabled={!ready} busy={renew.isPending} onClick={() => renew.mutate()}>
            {t('evidence.renew.save')}
          </Button>
        </>
      }
    >
      <Segments
        label={t('evidence.renew.kind')}
        value={kind}
        options={kinds.map((value) => ({ value, title: t(`evidence.kind.${value}`) }))}
        onChange={(value) => {
          setKind(value as Kind)
          setText('')
          renew.reset()
        }}
      />
      <div className="space-y-3 pt-2 text-text">
        {kind === 'file' ? (
          <FieldFrame id="artifact-file" label={t('evidence.kind.file')} required description={t('evidence.renew.about.file')}>
            <input
              {...describe({ id: 'artifact-file', description: true })}
              type="file"
              required
              className="block w-full text-sm file:mr-3 file:h-8 file:rounded-md file:border file:border-line-strong file:bg-panel file:px-3 file:font-medium file:text-text"
              onChange={(event) => setFile(event.target.files?.[0])}
            />
          </FieldFrame>
        ) : (
          <FieldFrame id="artifact-text" label={t(`evidence.kind.${kind}`)} required description={t(`evidence.renew.about.${kind}`)}>
            {kind === 'attestation' ? (
              <TextArea {...describe({ id: 'artifact-text', description: true })} rows={4} required spellCheck value={text} onChange={(event) => setText(event.target.value)} />
            ) : (
              <TextInput {...describe({ id: 'artifact-text', description: true })} required value={text} onChange={(event) => setText(event.target.value)} />
            )}
          </FieldFrame>
        )}
        <FieldFrame id="artifact-until" label={t('evidence.renew.until')} description={t('evidence.renew.untilAbout', { count: one.renew_every_days ?? 365 })}>
          <TextInput {...describe({ id: 'artifact-until', description: true })} type="date" className="w-44!" value={until} onChange={(event) => setUntil(event.target.value)} />
        </FieldFrame>
      </div>
      {renew.error && (
        <p role="alert" className="text-bad">
          <Sentence>{statement(asProblem(renew.error).message)}</Sentence>
        </p>
      )}
    </Dialog>
  )
}

async function artifactOf(kind: Kind, file: File | undefined, text: string, until: string): Promise<NewArtifact> {
  const valid = until ? { valid_until: `${until}T23:59:59Z` } : {}
  const said = text.trim()
  if (kind === 'file') return { kind, ...(file && { file: await uploadEvidenceFile(file) }), ...valid }
  if (kind === 'link') return { kind, link: said, ...valid }
  return kind === 'ticket' ? { kind, ticket: said, ...valid } : { kind, statement: said, ...valid }
}
