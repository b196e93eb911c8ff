import { useState, type ReactNode } from 'react'
import type { ConnectionStatus, Connector, Draft } from '@/api/types'
import { ConnectorMark } from '@/parts/ConnectorMark'
import { TrustChip } from '@/parts/TrustChip'
import { Button } from '@/ui/Button'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { scheduleText } from './changes'
import { Form } from './Form'
import { Guide } from './Guide'
import { StageList } from './StageList'
import { stagesOf, type StageState } from './stages'
import { useConnectionForm, type ConnectionForm } from './useConnectionForm'

interface Props {
  connector: Connector
  edited?: ConnectionStatus
  alias: string
  /** Under which what is entered is kept. */
  draftId: string
  /** What was kept before. */
  draft?: Draft
  otherDrafts?: Draft[]
  /** The edited connection was removed elsewhere. */
  gone?: boolean
  onReload?: () => void
  onStartOver: () => void
  /** Said above the fields. */
  notice?: ReactNode
}

/** Guide on the left, form on the right, kept in step, with every stage on top. */
export function Setup({ connector, edited, alias, draftId, draft, otherDrafts = [], gone = false, onReload, onStartOver, notice }: Props) {
  const [step, setStep] = useState('')
  const form = useConnectionForm({ connector, ...(edited && { edited }), alias, draftId, ...(draft && { draft }) })
  const minutes = connector.guide.minutes
  const startOver = async () => {
    await form.draft.discard()
    onStartOver()
  }
  const [saved, savedState] = savedOf(form, edited !== undefined)
  const stages = stagesOf({
    connector, editing: edited !== undefined, prerequisites: form.prerequisites, missing: form.missing, secrets: form.fields.some((f) => f.path.startsWith('secrets.')), errors: Object.keys(form.errors).length, check: form.check,
    sample: form.sample, saved, savedState,
    schedule: [scheduleText(form.schedule), form.owner].filter(Boolean).join(' · ') || t('connect.schedule.manual'),
  })
  return (
    <>
      <header className="flex items-center gap-3">
        <ConnectorMark name={connector.name} categories={connector.categories} size="lg" />
        <div className="min-w-0">
          <div className="flex flex-wrap items-center gap-x-2">
            <h1 className="text-xl font-semibold tracking-tight">
              <Text>{edited ? t('connect.edit_title', { alias: edited.alias }) : t('connect.title', { name: connector.name })}</Text>
            </h1>
            <TrustChip connector={connector.id} trust={connector.trust} />
          </div>
          <p className="text-sm text-muted">
            <Sentence>{connector.summary}</Sentence>
            {!edited && minutes > 0 && <span className="whitespace-nowrap text-faint"> · {t('connect.minutes', { count: minutes })}</span>}
          </p>
        </div>
      </header>
      <StageList stages={stages} />
      {draft && <Resumed draft={draft} secrets={form.fields.some((f) => f.path.startsWith('secrets.'))} onStartOver={() => void startOver()} />}
      {otherDrafts.length > 0 && <Others drafts={otherDrafts} />}
      <button
        type="button"
        onClick={() => document.getElementById('connection-form')?.scrollIntoView({ block: 'start' })}
        className="mt-4 h-6 rounded text-sm text-accent underline underline-offset-2 md:hidden"
      >
        {t('connect.go_to_form')}
      </button>
      <div className="grid gap-x-8 gap-y-10 pt-6 md:grid-cols-[minmax(0,2fr)_minmax(0,3fr)] md:items-start md:pt-0">
        <Guide
          connector={connector}
          fields={form.fields}
          current={step}
          check={form.check}
          prerequisites={form.prerequisites}
          steps={form.steps}
          link={linkOf(connector, edited, draftId)}
          onTick={form.tick}
        />
        <Form form={form} connector={connector} edited={edited} gone={gone} onStep={setStep} onReload={onReload} notice={notice} />
      </div>
    </>
  )
}

/** The address under which another person goes on; a desktop window has none. */
function linkOf(connector: Connector, edited: ConnectionStatus | undefined, draftId: string): string {
  const { origin, protocol } = window.location
  if (!protocol.startsWith('http')) return ''
  return edited ? `${origin}/connections/${edited.id}/edit` : `${origin}/connections/new/${connector.id}?draft=${draftId}`
}

function savedOf(form: ConnectionForm, editing: boolean): [string, StageState] {
  if (form.busy === 'save') return [t('connect.stages.saving'), 'running']
  if (form.conflict) return [t('connect.stages.conflict'), 'warning']
  if (editing && form.changes.length > 0) return [t('connect.stages.changes', { count: form.changes.length }), 'open']
  if (editing) return [t('connect.stages.no_changes'), 'done']
  return [t(form.draft.state === 'kept' ? 'connect.stages.draft' : 'connect.stages.not_saved'), 'open']
}

const bar = 'mt-3 flex flex-wrap items-center justify-between gap-x-4 gap-y-2 rounded-md bg-sunken px-3 py-2 text-sm'

function Resumed({ draft, secrets, onStartOver }: { draft: Draft; secrets: boolean; onStartOver: () => void }) {
  const by = draft.updated_by?.name || draft.updated_by?.id
  return (
    <div role="status" className={bar}>
      <p className="min-w-0 flex-1 basis-72">
        {by ? t('connect.draft.resumed_by', { name: by }) : t('connect.draft.resumed')} <Time at={draft.updated_at} />. {secrets && t('connect.draft.no_secrets')}
      </p>
      <Button size="sm" asksAgent onClick={onStartOver}>
        {t('connect.draft.start_over')}
      </Button>
    </div>
  )
}

function Others({ drafts }: { drafts: Draft[] }) {
  return (
    <details className="mt-2 px-3 text-sm text-muted">
      <summary className="min-h-6 w-fit">{t('connect.draft.others', { count: drafts.length })}</summary>
      <ul className="mt-1 space-y-1 pl-4">
        {drafts.map((draft) => (
          <li key={draft.id}>
            <a href={`?draft=${draft.id}`} className="text-accent underline underline-offset-2">
              <Text>{draft.alias || t('connect.draft.unnamed')}</Text>
            </a>{' '}
            · <Time at={draft.updated_at} />
          </li>
        ))}
      </ul>
    </details>
  )
}
