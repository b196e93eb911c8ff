import { useEffect, useRef, useState, type FormEvent, type ReactNode } from 'react'
import type { ConnectionStatus, Connector } from '@/api/types'
import { advanced, type Field } from '@/lib/schemaForm'
import { Reach } from '@/parts/Reach'
import { Button } from '@/ui/Button'
import { describe, FieldFrame, TextInput } from '@/ui/Field'
import { offlineReason, useOffline } from '@/ui/offline'
import { Text } from '@/ui/Text'
import { CheckPanel } from './CheckPanel'
import { ErrorSummary } from './ErrorSummary'
import { FieldInput } from './FieldInput'
import { inputId } from './inputId'
import { ScheduleField } from './ScheduleField'
import type { ConnectionForm } from './useConnectionForm'

interface Props {
  form: ConnectionForm
  connector: Connector
  edited: ConnectionStatus | undefined
  onStep: (step: string) => void
  onReload: (() => void) | undefined
  /** Said above the fields. */
  notice: ReactNode
}

const aliasAbout = 'The name of this connection in lists and on the command line. Lower-case letters, digits, dots, dashes and underscores.'

export function Form({ form, connector, edited, onStep, onReload, notice }: Props) {
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
    void form.submit('sync')
  }
  const alias = { id: inputId('alias'), description: aliasAbout, error: form.errors.alias ?? '' }
  return (
    <form ref={element} noValidate onSubmit={submit} id="connection-form" aria-label={edited ? 'Edit connection' : 'New connection'} className="min-w-0 md:pt-6">
      <div className="space-y-5">
        {notice}
        <ErrorSummary ref={summary} form={form} onReload={onReload} />
        {groupsOf(form.fields).map(([group, fields]) => (
          <Group key={group} title={group} folded={group === advanced && !fields.some((f) => form.errors[f.path])}>
            {fields.map((field) => (
              <FieldInput
                key={field.path}
                field={field}
                value={form.values[field.path] ?? ''}
                error={form.errors[field.path]}
                stored={edited?.secrets.find((s) => field.path === `secrets.${s.name}`)}
                onChange={(value) => form.setValue(field.path, value)}
                onFocus={() => onStep(field.guideStep)}
              />
            ))}
          </Group>
        ))}
        <Group title={form.fields.length > 0 ? 'In Plumbline' : ''}>
          <FieldFrame {...alias} label="Alias" required>
            <TextInput {...describe(alias)} name="alias" value={form.alias} onChange={(event) => form.setAlias(event.target.value)} />
          </FieldFrame>
          <ScheduleField value={form.schedule} error={form.errors.schedule} onChange={form.setSchedule} />
        </Group>
        {form.check && <CheckPanel check={form.check} />}
        <Reach connector={connector} values={form.values} />
        <p className="text-sm text-faint">
          Plumbline only reads <Text>{connector.name}</Text>. It changes nothing there, and what it reads stays on this machine.
        </p>
        <Buttons form={form} />
      </div>
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
      <summary className="w-fit text-sm font-semibold">{title}</summary>
      <div className="mt-4 space-y-5">{children}</div>
    </details>
  )
}

function Buttons({ form }: { form: ConnectionForm }) {
  const busy = form.busy !== ''
  const offline = useOffline()
  return (
    <div className="sticky bottom-0 -mb-6 border-t border-line bg-bg py-4">
      <div className="flex flex-wrap items-center gap-2">
        <Button type="submit" look="primary" asksAgent busy={form.busy === 'save'} disabled={busy}>
          Save and sync
        </Button>
        <Button asksAgent disabled={busy} onClick={() => void form.submit('stay')}>
          Save
        </Button>
        <Button className="ml-auto" asksAgent busy={form.busy === 'check'} disabled={busy} onClick={() => void form.tryOut()}>
          Check
        </Button>
      </div>
      {offline && <p className="mt-3 text-sm text-warn">{offlineReason}</p>}
      {form.failed && !busy && !offline && (
        <div className="mt-3 flex flex-wrap items-center justify-between gap-2 text-sm text-muted">
          <p className="min-w-0 flex-1 basis-56">It is not saved, because the check failed. You can save it all the same and correct it later.</p>
          <Button size="sm" asksAgent onClick={() => void form.saveAnyway()}>
            Save anyway
          </Button>
        </div>
      )}
    </div>
  )
}
