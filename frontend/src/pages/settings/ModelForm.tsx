import { useState, type FormEvent } from 'react'
import { asProblem } from '@/api/problem'
import type { SummaryConfiguration, SummaryEdit, SummaryTested } from '@/api/types'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { describe, FieldFrame, Select, TextInput } from '@/ui/Field'
import { Sentence } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { useModelDeeds } from './queries'

type Provider = SummaryEdit['provider']

const addresses: Record<Provider, string> = { openai: 'https://api.openai.com', anthropic: 'https://api.anthropic.com' }

/** The provider, its address, the model, the key and the limits; with a test that stores nothing. */
export function ModelForm({ configuration }: { configuration: SummaryConfiguration }) {
  const stored = configuration.settings
  const [provider, setProvider] = useState<Provider>(stored?.provider ?? 'openai')
  const [address, setAddress] = useState(stored?.address ?? addresses.openai)
  const [model, setModel] = useState(stored?.model ?? '')
  const [key, setKey] = useState('')
  const [seconds, setSeconds] = useState(String(stored?.time_limit_seconds ?? 60))
  const [tokens, setTokens] = useState(String(stored?.token_limit ?? 1500))
  const { save, test, off } = useModelDeeds()
  const edit = (): SummaryEdit => ({
    provider, address, model, time_limit_seconds: Number(seconds), token_limit: Number(tokens), ...(key === '' ? {} : { key }),
  })
  const choose = (next: Provider) => {
    setProvider(next)
    if (address === addresses[provider]) setAddress(addresses[next])
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    save.mutate(edit(), { onSuccess: () => notify.done(t('summary.settings.saved')) })
  }
  const refusal = save.error ?? test.error ?? off.error
  const problem = refusal === null ? undefined : asProblem(refusal)
  const wrong = (field: string) => problem?.fields?.find((one) => one.field === field)?.message
  const text = (name: string, label: string, value: string, change: (value: string) => void, extra?: { description?: string; type?: string; mode?: 'numeric' }) => {
    const field = { id: `model-${name}`, label, description: extra?.description, error: wrong(name), required: true }
    return (
      <FieldFrame {...field}>
        <TextInput {...describe(field)} type={extra?.type} inputMode={extra?.mode} value={value} onChange={(event) => change(event.target.value)} />
      </FieldFrame>
    )
  }
  return (
    <form aria-label={t('summary.settings.form')} onSubmit={submit} className="max-w-xl space-y-3">
      <FieldFrame id="model-provider" label={t('summary.settings.provider')} required error={wrong('provider')}>
        <Select id="model-provider" value={provider} onChange={(event) => choose(event.target.value as Provider)}>
          <option value="openai">{t('summary.settings.openai')}</option>
          <option value="anthropic">{t('summary.settings.anthropic')}</option>
        </Select>
      </FieldFrame>
      {text('address', t('summary.settings.address'), address, setAddress, { description: t('summary.settings.addressMeaning') })}
      {text('model', t('summary.settings.model'), model, setModel)}
      <FieldFrame id="model-key" label={t('summary.settings.key')} error={wrong('key')} description={stored?.key_set_at ? t('summary.settings.keySet') : t('summary.settings.keyNone')}>
        <TextInput {...describe({ id: 'model-key', description: true, error: wrong('key') })} type="password" autoComplete="new-password" value={key} onChange={(event) => setKey(event.target.value)} />
      </FieldFrame>
      <div className="grid gap-3 sm:grid-cols-2">
        {text('time_limit_seconds', t('summary.settings.seconds'), seconds, setSeconds, { mode: 'numeric' })}
        {text('token_limit', t('summary.settings.tokens'), tokens, setTokens, { mode: 'numeric' })}
      </div>
      {problem && (
        <p role="alert" className="text-bad">
          <Sentence>{statement(problem.message)}</Sentence> <Sentence>{problem.remedy}</Sentence>
        </p>
      )}
      <div role="status" className="empty:hidden">
        {test.isPending ? t('summary.settings.testing') : test.data && <Outcome tested={test.data} model={model} />}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button type="submit" look="primary" asksAgent busy={save.isPending}>
          {t('summary.settings.save')}
        </Button>
        <Button asksAgent busy={test.isPending} onClick={() => test.mutate(edit())}>
          {t('summary.settings.test')}
        </Button>
        {configuration.configured && (
          <Button look="danger" asksAgent busy={off.isPending} onClick={() => off.mutate(undefined, { onSuccess: () => notify.done(t('summary.settings.offDone')) })}>
            {t('summary.settings.offButton')}
          </Button>
        )}
      </div>
    </form>
  )
}

function Outcome({ tested, model }: { tested: SummaryTested; model: string }) {
  if (tested.ok) return <p data-tested="ok">{t('summary.settings.works', { model: tested.model ?? model, seconds: tested.seconds.toFixed(1) })}</p>
  return (
    <p className="text-bad" data-tested={tested.problem?.code}>
      <Sentence>{tested.problem && statement(tested.problem.message)}</Sentence> <Sentence>{tested.problem?.remedy}</Sentence>{' '}
      <Sentence>{tested.problem?.detail}</Sentence>
    </p>
  )
}
