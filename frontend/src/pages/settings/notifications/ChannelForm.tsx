import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState, type ReactNode } from 'react'
import { keys } from '@/api/keys'
import { addChannel, editChannel, type Channel } from '@/api/notifications'
import { asProblem } from '@/api/problem'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { Checkbox, describe, FieldFrame, Select, TextInput } from '@/ui/Field'
import { Segments } from '@/ui/Segments'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'
import { bodyOf, entered, kinds, kindWord, parties, partyWord, secretsOf, types, type Entered, type Type } from './form'

/** A new channel, or the edit of one. What was entered stays when the host refuses it. */
export function ChannelForm({ channel, onClose }: { channel: Channel | undefined; onClose: () => void }) {
  const cache = useQueryClient()
  const [of, setOf] = useState(() => entered(channel))
  const [signing, setSigning] = useState('')
  const change = (some: Partial<Entered>) => setOf((before) => ({ ...before, ...some }))
  const save = useMutation({
    mutationFn: async () => (channel ? { signing: '', ...(await editChannel(channel, bodyOf(of))) } : addChannel(bodyOf(of))),
    onSuccess: async (saved) => {
      await cache.invalidateQueries({ queryKey: keys.channels })
      if (saved.signing) setSigning(saved.signing)
      else onClose()
    },
  })
  if (signing) return <Signing secret={signing} onClose={onClose} />
  const problem = save.error ? asProblem(save.error) : undefined
  const error = (field: string) => problem?.fields?.find((f) => f.field === field)?.message
  const form = { of, change, error, stored: channel?.secrets.map(({ name }) => name) ?? [] }
  const elsewhere = problem && !problem.fields?.length
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={t(channel ? 'notifications.form.edit' : 'notifications.form.add')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" asksAgent busy={save.isPending} onClick={() => save.mutate()}>
            {t('notifications.form.save')}
          </Button>
        </>
      }
    >
      <form
        className="space-y-4 text-text"
        onSubmit={(event) => {
          event.preventDefault()
          save.mutate()
        }}
      >
        {!channel && (
          <Segments
            label={t('notifications.form.type')}
            value={of.type}
            onChange={(type) => change({ type: type as Type })}
            options={types.map((value) => ({ value, title: t(`notifications.types.${value}`) }))}
          />
        )}
        <Line form={form} name="name" field="name" required />
        {of.type === 'email' && <Mail form={form} />}
        {secretsOf(of.type).map((name) => (
          <Line key={name} form={form} name={name} field={`secrets.${name}`} required={name === 'url'} secret stored={form.stored.includes(name)} />
        ))}
        <Choices label={t('notifications.form.kinds')} all={kinds} chosen={of.kinds} title={kindWord} onChange={(list) => change({ kinds: list })} />
        <Choices label={t('notifications.form.who')} all={parties} chosen={of.who} title={partyWord} onChange={(list) => change({ who: list })} />
        <Tick checked={of.off} onChange={(off) => change({ off })}>
          {t('notifications.form.off')}
        </Tick>
        {problem && (
          <p role="alert" className="text-sm text-bad">
            <Sentence>{statement(elsewhere ? problem.message : t('notifications.form.refused'))}</Sentence> {elsewhere && <Sentence>{problem.remedy}</Sentence>}
          </p>
        )}
        <button type="submit" hidden aria-hidden tabIndex={-1} />
      </form>
    </Dialog>
  )
}

interface Form {
  of: Entered
  change: (some: Partial<Entered>) => void
  error: (field: string) => string | undefined
}

type TextName = 'name' | 'server' | 'port' | 'username' | 'from' | 'to' | 'url' | 'signing' | 'password'

interface LineProps {
  form: Form
  name: TextName
  /** As the host calls it. */
  field: string
  required?: boolean
  secret?: boolean
  stored?: boolean
}

function Line({ form, name, field, required = false, secret = false, stored = false }: LineProps) {
  const id = useId()
  const error = form.error(field)
  const props = {
    id,
    label: t(`notifications.form.${name}`),
    required: required && !stored,
    description: stored ? t('notifications.form.stored') : t(`notifications.form.${name}About`),
    error: error && statement(error),
  }
  return (
    <FieldFrame {...props}>
      <TextInput
        {...describe(props)}
        value={form.of[name]}
        type={secret ? 'password' : 'text'}
        autoComplete={secret ? 'new-password' : 'off'}
        inputMode={name === 'port' ? 'numeric' : undefined}
        onChange={(event) => form.change({ [name]: event.target.value })}
      />
    </FieldFrame>
  )
}

function Mail({ form }: { form: Form }) {
  const id = useId()
  return (
    <>
      <Line form={form} name="server" field="email.server" required />
      <div className="grid gap-4 sm:grid-cols-2">
        <FieldFrame id={id} label={t('notifications.form.security')} required error={form.error('email.security')}>
          <Select id={id} value={form.of.security} onChange={(event) => form.change({ security: event.target.value as Entered['security'] })}>
            {(['starttls', 'tls', 'none'] as const).map((one) => (
              <option key={one} value={one}>
                {t(`notifications.security.${one}`)}
              </option>
            ))}
          </Select>
        </FieldFrame>
        <Line form={form} name="port" field="email.port" />
      </div>
      <Line form={form} name="username" field="email.username" />
      <Line form={form} name="from" field="email.from" required />
      <Line form={form} name="to" field="email.to" required />
      <Tick checked={form.of.toOwner} onChange={(toOwner) => form.change({ toOwner })}>
        {t('notifications.form.toOwner')}
      </Tick>
    </>
  )
}

const Tick = ({ checked, onChange, children }: { checked: boolean; onChange: (on: boolean) => void; children: ReactNode }) => (
  <label className="flex min-h-6 items-center gap-2 text-sm">
    <Checkbox checked={checked} onChange={(event) => onChange(event.target.checked)} />
    {children}
  </label>
)

interface ChoicesProps {
  label: string
  all: readonly string[]
  /** None means all. */
  chosen: string[]
  title: (one: string) => string
  onChange: (chosen: string[]) => void
}

function Choices({ label, all, chosen, title, onChange }: ChoicesProps) {
  return (
    <fieldset>
      <legend className="text-sm font-medium">{label}</legend>
      <p className="text-sm text-muted">{t('notifications.form.noneIsAll')}</p>
      <div className="mt-1 grid gap-x-4 sm:grid-cols-2">
        {all.map((one) => (
          <Tick key={one} checked={chosen.includes(one)} onChange={(on) => onChange(on ? [...chosen, one] : chosen.filter((other) => other !== one))}>
            {title(one)}
          </Tick>
        ))}
      </div>
    </fieldset>
  )
}

/** The secret that the host made, which is shown this once. */
function Signing({ secret, onClose }: { secret: string; onClose: () => void }) {
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('notifications.signing.title')}
      footer={
        <Button look="primary" onClick={onClose}>
          {t('notifications.signing.done')}
        </Button>
      }
    >
      <p>{t('notifications.signing.about')}</p>
      <code className="block rounded bg-sunken px-2 py-1 font-mono text-xs break-all text-text select-all">{secret}</code>
    </Dialog>
  )
}
