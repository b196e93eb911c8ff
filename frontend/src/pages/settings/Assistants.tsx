import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from 'wouter'
import { setAssistant } from '@/api/host'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import type { Assistant, Reading } from '@/api/types'
import { fullTime, relativeTime } from '@/lib/time'
import { statement } from '@/lib/words'
import { Checkbox } from '@/ui/Field'
import { card, Section } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { useNow } from '@/ui/useNow'
import { t } from '@/words'
import { useAssistants } from './queries'

/** The clients that have asked or were set up: what each may read, and when it asked last. */
export function Assistants() {
  const { data, error, refetch } = useAssistants()
  return (
    <Section title={t('assistants.title')}>
      <p className="mb-2 max-w-3xl text-sm text-muted">{t('assistants.about')}</p>
      <div className={card}>
        {error && !data ? (
          <ErrorState what={t('assistants.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : !data ? (
          <SkeletonRows rows={2} label={t('assistants.loading')} />
        ) : data.length === 0 ? (
          <EmptyState title={t('assistants.none')}>
            <Sentence>{t('assistants.noneWhy')}</Sentence>
          </EmptyState>
        ) : (
          <ul className="divide-y divide-line">
            {data.map((one) => (
              <Row key={one.client} assistant={one} />
            ))}
          </ul>
        )}
      </div>
    </Section>
  )
}

/** What a person has set for a client, as the API takes it. */
const readingOf = ({ off, personal, withheld_kinds, withheld_fields, expires_at }: Assistant): Reading => ({
  off: off ?? false,
  personal: personal ?? false,
  withheld_kinds: withheld_kinds ?? [],
  withheld_fields: withheld_fields ?? [],
  ...(expires_at && { expires_at }),
})

function Row({ assistant }: { assistant: Assistant }) {
  const cache = useQueryClient()
  const clock = useNow()
  const set = useMutation({
    mutationFn: (change: Partial<Reading>) => setAssistant(assistant.client, { ...readingOf(assistant), ...change }),
    onSettled: () => cache.invalidateQueries({ queryKey: keys.assistants }),
  })
  const now = { ...readingOf(assistant), ...(set.isPending && set.variables) }
  const withheld = [...(now.withheld_kinds ?? []), ...(now.withheld_fields ?? [])]
  return (
    <li className="grid gap-x-4 gap-y-1 px-4 py-2.5 text-sm compact:py-1.5 md:grid-cols-[minmax(0,1fr)_auto]">
      <div className="min-w-0">
        <p className="font-medium">
          <Text>{assistant.client}</Text>
        </p>
        <p className="text-muted">
          {assistant.last_at ? (
            <span title={fullTime(assistant.last_at)}>
              <Text>{t('assistants.used', { count: assistant.calls, ago: relativeTime(assistant.last_at, clock), tool: assistant.last_tool ?? '' })}</Text>
            </span>
          ) : (
            t('assistants.never')
          )}{' '}
          {assistant.program && <Text>{t('assistants.calls', { program: assistant.program })}</Text>}
        </p>
        {withheld.length > 0 && (
          <p className="text-muted">
            <Text>{t('assistants.withheld', { what: withheld.join(', ') })}</Text>
          </p>
        )}
        {assistant.expires_at && <p className="text-muted">{t('assistants.until', { at: fullTime(assistant.expires_at) })}</p>}
        <p role="status" className="text-bad empty:hidden">
          {set.error ? t('assistants.notSet', { why: statement(asProblem(set.error).message) }) : ''}
        </p>
      </div>
      <div className="flex flex-col gap-1">
        <Switch label={t('assistants.may')} name={t('assistants.mayOf', { client: assistant.client })} on={!now.off} busy={set.isPending} onChange={(on) => set.mutate({ off: !on })} />
        <Switch
          label={t('assistants.personal')}
          name={t('assistants.personalOf', { client: assistant.client })}
          on={now.personal ?? false}
          busy={set.isPending}
          onChange={(personal) => set.mutate({ personal })}
        />
        {assistant.calls > 0 && (
          <Link
            href="/activity?collection=assistant_call"
            className="text-accent hover:underline"
            aria-label={t('assistants.calledInOf', { client: assistant.client })}
          >
            {t('assistants.calledIn')}
          </Link>
        )}
      </div>
    </li>
  )
}

interface SwitchProps {
  label: string
  name: string
  on: boolean
  busy: boolean
  onChange: (on: boolean) => void
}

function Switch({ label, name, on, busy, onChange }: SwitchProps) {
  return (
    <label className="flex min-h-6 items-center gap-2">
      <Checkbox role="switch" aria-label={name} checked={on} disabled={busy} onChange={(event) => onChange(event.target.checked)} />
      {label}
    </label>
  )
}
