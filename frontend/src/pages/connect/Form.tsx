import { Fragment, useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react'
import type { ConnectionStatus, Connector } from '@/api/types'
import { advanced, type Field } from '@/lib/schemaForm'
import { Reach } from '@/parts/Reach'
import { Button } from '@/ui/Button'
import { describe, FieldFrame, TextInput } from '@/ui/Field'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { Betters } from './Better'
import { CheckPanel } from './CheckPanel'
import { ConflictPanel } from './ConflictPanel'
import { ErrorSummary, titlesOf } from './ErrorSummary'
import { FieldInput } from './FieldInput'
import { inputId } from './inputId'
import { fieldSentence, inTitles } from './plain'
import { ReviewDialog } from './ReviewDialog'
import { SamplePanel } from './SamplePanel'
import { SaveBar } from './SaveBar'
import { ScheduleField } from './ScheduleField'
import { stageId } from './StageList'
import type { StageId } from './stages'
import type { ConnectionForm } from './useConnectionForm'

interface Props {
  form: ConnectionForm
  connector: Connector
  edited: ConnectionStatus | undefined
  gone: boolean
  onStep: (step: string) => void
  onReload: (() => void) | undefined
  /** Said above the fields. */
  notice: ReactNode
}

export function Form({ form, connector, edited, gone, onStep, onReload, notice }: Props) {
  const element = useRef<HTMLFormElement>(null)
  const summary = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (form.attempt === 0) return
    const field = element.current?.querySelector<HTMLElement>('[aria-invalid="true"]')
    if (field) field.focus()
    else show(summary.current)
  }, [form.attempt])

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!gone) void form.submit('sync')
  }
  const titles = titlesOf(form.fields)
  const errorOf = (path: string) => {
    const error = form.errors[path]
    return error && fieldSentence(inTitles(error, titles), titles.get(path) ?? path)
  }
  const secret = form.fields.some((f) => f.path.startsWith('secrets.'))
  const label = edited ? t('connect.form_edit') : t('connect.form_new')
  return (
    <form ref={element} noValidate onSubmit={submit} id="connection-form" aria-label={label} className="min-w-0 md:pt-6">
      <div className="space-y-5">
        {notice}
        <ErrorSummary ref={summary} form={form} onReload={onReload} />
        {form.fields.length > 0 && <Heading id="credentials">{t(secret ? 'connect.stages.credentials' : 'connect.stages.settings')}</Heading>}
        {groupsOf(form.fields).map(([group, fields]) => (
          <Group key={group} title={group} folded={group === advanced && !fields.some((f) => form.errors[f.path])}>
            {fields.map((field) => (
              <Fragment key={field.path}>
                <FieldInput
                  field={field}
                  value={form.values[field.path] ?? ''}
                  error={errorOf(field.path)}
                  stored={edited?.secrets.find((s) => field.path === `secrets.${s.name}`)}
                  offers={form.offers}
                  onChange={(value) => form.setValue(field.path, value)}
                  onFocus={() => onStep(field.guideStep)}
                />
                {field.kind === 'file' && <Betters form={form} />}
              </Fragment>
            ))}
          </Group>
        ))}
        <CheckPart form={form} connector={connector} titles={titles} />
        <SamplePart form={form} />
        <OwnFields form={form} errorOf={errorOf} />
        <Reach connector={connector} values={form.values} />
        <p className="text-sm text-faint">{t('connect.only_reads', { name: connector.name })}</p>
        {form.conflict && edited && <ConflictPanel form={form} conflict={form.conflict} edited={edited} onTheirs={onReload} />}
        <SaveBar form={form} gone={gone} editing={edited !== undefined} />
      </div>
      <ReviewDialog form={form} alias={edited?.alias ?? ''} />
    </form>
  )
}

/** What went wrong belongs to no field: the alert takes the focus, and comes into sight below the bar at the top. */
function show(alert: HTMLElement | null) {
  alert?.focus({ preventScroll: true })
  alert?.scrollIntoView({ block: 'start' })
}

function groupsOf(fields: Field[]): [string, Field[]][] {
  const names = [...new Set(fields.map((f) => f.group))]
  return names.map((name) => [name, fields.filter((f) => f.group === name)])
}

/** The beginning of a stage in the form. */
export function Heading({ id, children, aside }: { id: StageId; children: ReactNode; aside?: ReactNode }) {
  return (
    <div className="flex min-h-8 flex-wrap items-center justify-between gap-x-4 gap-y-2 border-b border-line pb-2">
      <h2 id={stageId(id)} tabIndex={-1} className="scroll-mt-20 text-base font-semibold">
        {children}
      </h2>
      {aside}
    </div>
  )
}

function CheckPart({ form, connector, titles }: { form: ConnectionForm; connector: Connector; titles: ReadonlyMap<string, string> }) {
  const button = (
    <Button size="sm" asksAgent busy={form.busy === 'check'} disabled={form.busy !== ''} onClick={() => void form.tryOut()}>
      {t('connect.check.button')}
    </Button>
  )
  return (
    <section aria-labelledby={stageId('check')} className="space-y-3 pt-3">
      <Heading id="check" aside={button}>
        {t('connect.stages.check')}
      </Heading>
      {form.check ? <CheckPanel check={form.check} name={connector.name} titles={titles} /> : <p className="text-sm text-muted">{t('connect.check.about')}</p>}
    </section>
  )
}

function SamplePart({ form }: { form: ConnectionForm }) {
  const button = (
    <Button size="sm" asksAgent busy={form.sample.running} disabled={form.busy !== '' || form.sample.running} onClick={() => void form.trySample()}>
      {t('connect.sample.button')}
    </Button>
  )
  return (
    <section aria-labelledby={stageId('sample')} className="space-y-3 pt-3">
      <Heading id="sample" aside={button}>
        {t('connect.stages.sample')}
      </Heading>
      <SamplePanel sample={form.sample} />
    </section>
  )
}

function OwnFields({ form, errorOf }: { form: ConnectionForm; errorOf: (path: string) => string | undefined }) {
  const alias = { id: inputId('alias'), description: t('connect.fields.alias_about'), error: errorOf('alias') ?? '' }
  const owner = { id: inputId('owner'), description: t('connect.fields.owner_about'), error: errorOf('owner') ?? '' }
  return (
    <section aria-labelledby={stageId('schedule')} className="space-y-5 pt-3">
      <Heading id="schedule">{t('connect.stages.schedule')}</Heading>
      <FieldFrame {...alias} label={t('connect.fields.alias')} required>
        <TextInput {...describe(alias)} name="alias" value={form.alias} onChange={(event) => form.setAlias(event.target.value)} />
      </FieldFrame>
      <ScheduleField value={form.schedule} error={errorOf('schedule')} onChange={form.setSchedule} />
      <FieldFrame {...owner} label={t('connect.fields.owner')}>
        <TextInput {...describe(owner)} name="owner" value={form.owner} onChange={(event) => form.setOwner(event.target.value)} />
      </FieldFrame>
    </section>
  )
}

/** Fields under one heading. Folded, the heading opens them; an error inside always does. */
function Group({ title, folded = false, children }: { title: string; folded?: boolean; children: ReactNode }) {
  const [opened, setOpened] = useState(false)
  const open = opened || !folded
  if (!title) return <div className="space-y-5">{children}</div>
  if (title !== advanced) {
    return (
      <fieldset className="border-t border-line pt-4">
        <legend className="float-left mb-4 w-full text-sm font-semibold">
          <Text>{title}</Text>
        </legend>
        <div className="clear-both space-y-5">{children}</div>
      </fieldset>
    )
  }
  return (
    <details open={open} onToggle={(event) => setOpened(event.currentTarget.open)} className="border-t border-line pt-4">
      <summary className="min-h-6 w-fit text-sm font-semibold">{t('connect.advanced')}</summary>
      <div className="mt-4 space-y-5">{children}</div>
    </details>
  )
}
