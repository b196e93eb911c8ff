import { ArrowDown, ArrowUp } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { PersonPrecedence, PersonSources } from '@/api/people'
import { asProblem } from '@/api/problem'
import { connectionPath } from '@/lib/paths'
import { Button, ButtonLink, IconButton } from '@/ui/Button'
import { Select } from '@/ui/Field'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { usePersonSources, useSaveSources } from './queries'

/** The connections that people are known from, the preferred first, for all fields and for single ones. */
export function SourceOrder() {
  const query = usePersonSources()
  if (query.isPending) return <SkeletonRows rows={4} label={t('people.sources.loading')} />
  if (!query.data) return <ErrorState what={t('people.sources.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  if (query.data.sources.length === 0) {
    return (
      <EmptyState title={t('people.sources.noneTitle')} action={<ButtonLink href="/connections/available?category=hris">{t('people.none.action')}</ButtonLink>}>
        {t('people.sources.none')}
      </EmptyState>
    )
  }
  return <Form key={query.data.revision} sources={query.data} />
}

const fields = ['name', 'email', 'title', 'department', 'manager', 'status', 'started_at', 'ended_at'] as const

function Form({ sources }: { sources: PersonSources }) {
  const [order, setOrder] = useState(sources.order)
  const [first, setFirst] = useState(() => firstOf(sources.fields))
  const save = useSaveSources({
    onSaved: () => notify.done(t('people.sources.saved')),
    onFailed: (error) => notify.failed(t('people.sources.notSaved'), asProblem(error).message),
  })
  const known = new Map(sources.sources.map((source) => [source.connection, source]))
  const set = sources.sources.some((source) => source.set) || Object.keys(sources.fields ?? {}).length > 0
  const changed = order.join() !== sources.order.join() || JSON.stringify(first) !== JSON.stringify(firstOf(sources.fields))
  const put = (value: PersonPrecedence) => save.mutate({ value, revision: sources.revision })
  const move = (at: number, by: number) => {
    const next = [...order]
    const [moved] = next.splice(at, 1)
    if (moved !== undefined) next.splice(at + by, 0, moved)
    setOrder(next)
  }
  return (
    <form
      className="min-h-0 flex-1 overflow-y-auto p-4 text-sm"
      onSubmit={(event) => {
        event.preventDefault()
        put({ order, fields: Object.fromEntries(Object.entries(first).map(([field, id]) => [field, [id]])) })
      }}
    >
      <h2 className="text-sm font-semibold">{t('people.sources.order')}</h2>
      <p className="mt-0.5 text-muted">{t(set ? 'people.sources.set' : 'people.sources.usual')}</p>
      <ol className="mt-2 max-w-2xl divide-y divide-line rounded-md border border-line">
        {order.map((id, at) => {
          const source = known.get(id)
          if (!source) return null
          return (
            <li key={id} className="flex items-center gap-3 px-3 py-1.5" data-source={source.alias}>
              <span className="tabular w-5 text-muted">{at + 1}</span>
              <span className="min-w-0 flex-1">
                <Link href={connectionPath({ id, alias: source.alias })} className="inline-flex min-h-6 items-center font-medium underline-offset-2 hover:underline">
                  <Text>{source.alias}</Text>
                </Link>{' '}
                <span className="text-muted">
                  <Text>{source.connector_name}</Text> · {t(`people.sources.kind.${source.kind}`)} · {t('people.sources.records', { count: source.records })}
                </span>
              </span>
              <IconButton label={t('people.sources.up', { alias: source.alias })} disabled={at === 0} onClick={() => move(at, -1)}>
                <ArrowUp size={15} aria-hidden />
              </IconButton>
              <IconButton label={t('people.sources.down', { alias: source.alias })} disabled={at === order.length - 1} onClick={() => move(at, 1)}>
                <ArrowDown size={15} aria-hidden />
              </IconButton>
            </li>
          )
        })}
      </ol>
      <h2 className="mt-6 text-sm font-semibold">{t('people.sources.fields')}</h2>
      <p className="mt-0.5 text-muted">{t('people.sources.fieldsAbout')}</p>
      <div className="mt-2 grid max-w-2xl gap-x-8 gap-y-2 sm:grid-cols-2">
        {fields.map((field) => (
          <label key={field} className="grid grid-cols-[7rem_1fr] items-center gap-2">
            <span className="text-muted">{t(`people.fields.${field}`)}</span>
            <Select
              value={first[field] ?? ''}
              onChange={(event) => {
                const rest = Object.entries(first).filter(([name]) => name !== field)
                setFirst(Object.fromEntries(event.target.value ? [...rest, [field, event.target.value]] : rest))
              }}
            >
              <option value="">{t('people.sources.asOrder')}</option>
              {sources.sources.map((source) => (
                <option key={source.connection} value={source.connection}>
                  {source.alias}
                </option>
              ))}
            </Select>
          </label>
        ))}
      </div>
      <div className="mt-5 flex flex-wrap gap-2">
        <Button type="submit" look="primary" asksAgent busy={save.isPending} disabled={!changed}>
          {t('people.sources.save')}
        </Button>
        {set && (
          <Button asksAgent disabled={save.isPending} onClick={() => put({ order: [] })}>
            {t('people.sources.reset')}
          </Button>
        )}
      </div>
    </form>
  )
}

/** The source that each field prefers, of those that have an order of their own. */
function firstOf(orders: PersonPrecedence['fields']): Record<string, string> {
  return Object.fromEntries(Object.entries(orders ?? {}).flatMap(([field, ids]) => (ids?.[0] ? [[field, ids[0]]] : [])))
}
