import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { keys } from '@/api/keys'
import { setRules, type Rules as Held } from '@/api/notifications'
import { asProblem } from '@/api/problem'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Checkbox, describe, FieldFrame, TextInput } from '@/ui/Field'
import { card } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'
import { useRules } from './queries'

/** The rules of all channels: when notifications are sent. */
export function Rules() {
  const { data, error, refetch } = useRules()
  return (
    <div className={card}>
      {error && !data ? (
        <ErrorState what={t('notifications.rules.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
      ) : data ? (
        <Form key={data.revision} rules={data} />
      ) : (
        <SkeletonRows rows={3} label={t('notifications.rules.loading')} />
      )}
    </div>
  )
}

const entered = ({ quiet, window, flap_changes, credential_days, notice_days }: Held) => ({
  quiet: quiet !== undefined,
  from: quiet?.from ?? '22:00',
  until: quiet?.until ?? '07:00',
  zone: quiet ? quiet.zone : Intl.DateTimeFormat().resolvedOptions().timeZone,
  urgent: quiet?.urgent ?? true,
  window: String(window),
  flap: String(flap_changes),
  days: String(credential_days),
  notice: String(notice_days),
})

type Entered = ReturnType<typeof entered>

const number = (text: string) => (/^\d+$/.test(text) ? Number(text) : -1)

function Form({ rules }: { rules: Held }) {
  const cache = useQueryClient()
  const [of, setOf] = useState(() => entered(rules))
  const change = (some: Partial<Entered>) => setOf((before) => ({ ...before, ...some }))
  const save = useMutation({
    mutationFn: () =>
      setRules(rules.revision, {
        window: number(of.window),
        flap_changes: number(of.flap),
        credential_days: number(of.days),
        notice_days: number(of.notice),
        quiet: of.quiet ? { from: of.from, until: of.until, zone: of.zone, urgent: of.urgent } : undefined,
      }),
    onSuccess: (saved) => cache.setQueryData(keys.notificationRules, saved),
  })
  const problem = save.error ? asProblem(save.error) : undefined
  const error = (field: string) => problem?.fields?.find((f) => f.field === field)?.message
  const line = { of, change, error }
  return (
    <form
      className="space-y-3 px-4 py-3 text-sm"
      onSubmit={(event) => {
        event.preventDefault()
        save.mutate()
      }}
    >
      <label className="flex min-h-6 items-center gap-2">
        <Checkbox checked={of.quiet} onChange={(event) => change({ quiet: event.target.checked })} />
        {t('notifications.rules.quiet')}
      </label>
      {of.quiet && (
        <>
          <div className="grid gap-3 sm:grid-cols-3">
            <Line {...line} name="from" field="quiet.from" />
            <Line {...line} name="until" field="quiet.until" />
            <Line {...line} name="zone" field="quiet.zone" />
          </div>
          <label className="flex min-h-6 items-center gap-2">
            <Checkbox checked={of.urgent} onChange={(event) => change({ urgent: event.target.checked })} />
            {t('notifications.rules.urgent')}
          </label>
        </>
      )}
      <div className="grid gap-3 sm:grid-cols-2">
        <Line {...line} name="window" field="window" />
        <Line {...line} name="flap" field="flap_changes" />
        <Line {...line} name="days" field="credential_days" />
        <Line {...line} name="notice" field="notice_days" />
      </div>
      <div className="flex flex-wrap items-center gap-3">
        <Button type="submit" size="sm" asksAgent busy={save.isPending}>
          {t('notifications.rules.save')}
        </Button>
        <span role="status" className={problem ? 'text-bad' : 'text-muted'}>
          {problem ? <Sentence>{statement(problem.message)}</Sentence> : save.isSuccess ? t('notifications.rules.saved') : ''}
        </span>
      </div>
    </form>
  )
}

interface LineProps {
  of: Entered
  change: (some: Partial<Entered>) => void
  error: (field: string) => string | undefined
  name: 'from' | 'until' | 'zone' | 'window' | 'flap' | 'days' | 'notice'
  field: string
}

function Line({ of, change, error, name, field }: LineProps) {
  const id = useId()
  const wrong = error(field)
  const props = { id, label: t(`notifications.rules.${name}`), required: true, description: t(`notifications.rules.${name}About`), error: wrong && statement(wrong) }
  return (
    <FieldFrame {...props}>
      <TextInput {...describe(props)} value={of[name]} onChange={(event) => change({ [name]: event.target.value })} />
    </FieldFrame>
  )
}
