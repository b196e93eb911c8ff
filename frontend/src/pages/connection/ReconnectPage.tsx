import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { useLocation } from 'wouter'
import { reconnect } from '@/api/endpoints'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import type { Check, ConnectionStatus, Connector } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { scheduleWords } from '@/lib/schedule'
import { fieldsOf, type Field } from '@/lib/schemaForm'
import { statement } from '@/lib/words'
import { PermissionTable } from '@/parts/impact/PermissionTable'
import { useImpact } from '@/parts/impact/queries'
import { Button, ButtonLink } from '@/ui/Button'
import { FieldFrame, TextArea, TextInput } from '@/ui/Field'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { useConnection, useConnector } from './queries'
import { useTrial } from './useTrial'

/** Takes a disconnected connection up again: a new credential, tried first, beside what the old one could do. */
export default function ReconnectPage({ connection: ref }: { connection: string }) {
  const query = useConnection(ref)
  const connection = query.data
  const connector = useConnector(connection?.connector ?? '')
  useTitle(t('connection.reconnect.title', { alias: connection?.alias ?? ref }))
  if (query.isPending || connector.isPending) return <SkeletonRows rows={4} label={t('connection.loading')} />
  const failed = query.error ?? connector.error
  if (failed || !connection || !connector.data) {
    return <ErrorState heading="h1" what={t('connection.notLoaded')} problem={asProblem(failed)} onRetry={() => void query.refetch()} />
  }
  if (!connection.disconnection) {
    return (
      <EmptyState
        heading="h1"
        title={t('connection.reconnect.connected', { alias: connection.alias })}
        action={<ButtonLink href={connectionPath(connection)}>{t('connection.reconnect.open')}</ButtonLink>}
      />
    )
  }
  return <Form connection={connection} connector={connector.data} />
}

const isSecret = (field: Field) => field.kind === 'secret' || field.kind === 'secret_lines'

function Form({ connection, connector }: { connection: ConnectionStatus; connector: Connector }) {
  const [, navigate] = useLocation()
  const cache = useQueryClient()
  const [secrets, setSecrets] = useState<Record<string, string>>({})
  const trial = useTrial(connection, secrets)
  const before = useImpact(connection.id).data?.credential.permissions ?? []
  const fields = fieldsOf(connector.config_schema).filter(isSecret)
  const given = Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ''))
  const save = useMutation({
    mutationFn: () => reconnect(connection.id, { secrets: given }),
    onSuccess: async () => {
      notify.done(t('connection.reconnect.done', { alias: connection.alias }))
      await cache.invalidateQueries({ queryKey: keys.connections })
      navigate(connectionPath(connection))
    },
  })
  const complete = fields.every((field) => !field.required || given[field.name])
  const schedule = connection.disconnection?.schedule ?? ''
  const refused = save.error === null ? undefined : asProblem(save.error)
  return (
    <form
      className="max-w-3xl"
      onSubmit={(event) => {
        event.preventDefault()
        if (complete) save.mutate()
      }}
    >
      <h1 className="text-xl font-semibold tracking-tight">{t('connection.reconnect.title', { alias: connection.alias })}</h1>
      <p className="mt-1 text-muted">
        {t('connection.reconnect.keeps')} {schedule && t('connection.reconnect.schedule', { schedule: scheduleWords(schedule) ?? schedule })}
      </p>
      <Section title={t('connection.reconnect.credential')}>
        <div className={`${card} space-y-4 p-4`}>
          {fields.length === 0 && <p className="text-sm text-muted">{t('connection.reconnect.noSecrets')}</p>}
          {fields.map((field) => (
            <SecretField
              key={field.path}
              field={field}
              value={secrets[field.name] ?? ''}
              error={refused?.fields?.find((one) => one.field === field.path)?.message}
              onChange={(value) => setSecrets({ ...secrets, [field.name]: value })}
            />
          ))}
          <div className="flex flex-wrap items-center gap-3">
            <Button asksAgent busy={trial.running} disabled={!complete} onClick={trial.start}>
              {t('connection.reconnect.try')}
            </Button>
            <Outcome check={trial.check} failed={trial.error} />
          </div>
        </div>
      </Section>
      {before.length > 0 && (
        <Section title={t('connection.permissions.title')}>
          <div className={card}>
            <PermissionTable before={before} after={trial.check?.probes ?? []} />
          </div>
        </Section>
      )}
      {refused && (
        <p role="alert" className="mt-4 text-bad">
          <Sentence>{statement(refused.message)}</Sentence> <Sentence>{refused.remedy}</Sentence>
        </p>
      )}
      <div className="mt-6 flex gap-2">
        <Button type="submit" look="primary" asksAgent busy={save.isPending} disabled={!complete}>
          {t('connection.header.reconnect')}
        </Button>
        <ButtonLink href={connectionPath(connection)}>{t('connection.reconnect.back')}</ButtonLink>
      </div>
    </form>
  )
}

interface SecretProps {
  field: Field
  value: string
  error: string | undefined
  onChange: (value: string) => void
}

function SecretField({ field, value, error, onChange }: SecretProps) {
  const id = `secret-${field.name}`
  return (
    <FieldFrame id={id} label={<Text>{field.title}</Text>} required={field.required} description={<Sentence>{field.description}</Sentence>} error={error}>
      {field.kind === 'secret_lines' ? (
        <TextArea id={id} value={value} onChange={(event) => onChange(event.target.value)} className="font-mono" />
      ) : (
        <TextInput id={id} type="password" autoComplete="new-password" value={value} onChange={(event) => onChange(event.target.value)} />
      )}
    </FieldFrame>
  )
}

/** What became of trying the credential. It stores nothing. */
function Outcome({ check, failed }: { check: Check | undefined; failed: string }) {
  const problem = failed || check?.error?.message || check?.probes.find((probe) => probe.error && probe.required)?.error?.message
  if (problem) {
    return (
      <p role="alert" className="min-w-0 flex-1 text-sm text-bad">
        <Sentence>{statement(problem)}</Sentence>
      </p>
    )
  }
  if (check?.status !== 'ok') return null
  return (
    <p role="status" className="min-w-0 flex-1 text-sm text-ok">
      {t('connection.reconnect.works')}{' '}
      {check.identity && (
        <>
          {t('connection.reconnect.as')} <Text>{check.identity}</Text>.
        </>
      )}
    </p>
  )
}
