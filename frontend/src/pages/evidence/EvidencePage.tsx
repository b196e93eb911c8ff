import { useQuery } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { Link } from 'wouter'
import { evidenceStates, getEvidence, type Evidence } from '@/api/assurance'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import type { TestState } from '@/api/tests'
import { count } from '@/lib/numbers'
import { zonedTime } from '@/lib/time'
import { statement } from '@/lib/words'
import { controlPath, holdsWords, statesOf } from '@/parts/assurance/paths'
import { EvidenceStateChip } from '@/parts/assurance/State'
import { TestStateChip } from '@/parts/tests/State'
import { testPath } from '@/parts/tests/words'
import { Button, ButtonLink } from '@/ui/Button'
import { SearchBox } from '@/ui/SearchBox'
import { card } from '@/ui/Section'
import { Segments } from '@/ui/Segments'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { Toggles } from '@/ui/Toggles'
import { useKeys } from '@/ui/useKeys'
import { useTitle } from '@/ui/useTitle'
import { useUrl, type Url, type UrlChange } from '@/ui/useUrl'
import { t } from '@/words'
import { AddDialog } from './AddDialog'

const cleared: UrlChange = { q: '', state: [], made: '' }

/** Everything that shows that controls work, with how long it is valid. */
export default function EvidencePage() {
  const url = useUrl()
  const [adding, setAdding] = useState(false)
  const query = useQuery({ queryKey: keys.evidence, queryFn: ({ signal }) => getEvidence(signal) })
  const all = query.data
  useTitle(t('evidence.title'))
  return (
    <>
      <div className="flex flex-wrap items-start justify-between gap-x-6 gap-y-2">
        <div>
          <h1 className="text-xl font-semibold tracking-tight">{t('evidence.title')}</h1>
          <p className="mt-0.5 text-muted">{all && all.length > 0 ? shareOf(all) : t('evidence.about')}</p>
        </div>
        <div className="flex flex-wrap gap-2">
          <ButtonLink href="/evidence/packs">{t('evidence.packs')}</ButtonLink>
          <Button look="primary" asksAgent onClick={() => setAdding(true)}>
            {t('evidence.add.ask')}
          </Button>
        </div>
      </div>
      <div className={`${card} mt-4`}>
        {query.isPending ? (
          <SkeletonRows rows={8} label={t('evidence.loading')} />
        ) : !all ? (
          <ErrorState what={t('evidence.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
        ) : all.length === 0 ? (
          <EmptyState title={t('evidence.none.title')} action={<ButtonLink href="/connections/available">{t('evidence.none.action')}</ButtonLink>}>
            {t('evidence.none.text')}
          </EmptyState>
        ) : (
          <List url={url} all={all} />
        )}
      </div>
      {adding && <AddDialog onClose={() => setAdding(false)} />}
    </>
  )
}

function shareOf(all: Evidence[]): string {
  const automated = all.filter((one) => one.automated).length
  return t('evidence.share', { count: all.length, automated: count(automated), manual: count(all.length - automated) })
}

function List({ url, all }: { url: Url; all: Evidence[] }) {
  const q = url.one('q')
  const made = url.one('made')
  const chosen = url.all('state')
  const like = all.filter((one) => holdsWords(q, [one.title, one.owner, ...one.controls]))
  const rest = made === '' ? like : like.filter((one) => one.automated === (made === 'automated'))
  const found = chosen.length === 0 ? rest : rest.filter(({ state }) => chosen.includes(state))
  const automated = like.filter((one) => one.automated).length
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-3">
        <SearchBox label={t('evidence.search')} value={q} onChange={(next) => url.set({ q: next }, 'typing')} />
        <Toggles
          label={t('evidence.which')}
          all={{ value: '', title: t('evidence.any'), count: rest.length }}
          options={statesOf(evidenceStates, rest, chosen).map(({ state, count }) => ({ value: state, title: t(`evidence.state.${state}`), count }))}
          chosen={chosen}
          onChange={(state) => url.set({ state })}
        />
        <Segments
          label={t('evidence.made')}
          value={made}
          options={[
            { value: '', title: t('evidence.any') },
            { value: 'automated', title: t('evidence.automated'), count: automated },
            { value: 'manual', title: t('evidence.manual'), count: like.length - automated },
          ]}
          onChange={(next) => url.set({ made: next })}
        />
        {(q.trim() !== '' || made !== '' || chosen.length > 0) && (
          <button type="button" onClick={() => url.set(cleared)} className="h-7 px-1.5 text-sm text-muted underline hover:text-text">
            {t('evidence.clear')}
          </button>
        )}
        <span role="status" className="text-sm text-muted sm:ml-auto">
          {t('evidence.count', { count: found.length })}
        </span>
      </div>
      {found.length > 0 ? (
        <Table items={found} />
      ) : (
        <EmptyState title={t('evidence.noMatch.title')} action={<Button onClick={() => url.set(cleared)}>{t('evidence.noMatch.action')}</Button>}>
          {t('evidence.noMatch.text')}
        </EmptyState>
      )}
    </>
  )
}

const head = 'h-8 px-4 text-xs font-medium text-muted whitespace-nowrap'

function Table({ items }: { items: Evidence[] }) {
  const body = useRef<HTMLTableSectionElement>(null)
  const move = (by: number) => {
    const rows = [...(body.current?.querySelectorAll<HTMLElement>('tr') ?? [])]
    const at = rows.findIndex((row) => row.contains(document.activeElement))
    rows[Math.max(0, Math.min(rows.length - 1, at < 0 ? 0 : at + by))]?.querySelector<HTMLElement>('a')?.focus()
  }
  useKeys({ next: () => move(1), previous: () => move(-1) })
  return (
    <table className="w-full text-sm" aria-label={t('evidence.list')}>
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={head}>
            {t('evidence.column.title')}
          </th>
          <th scope="col" className={head}>
            {t('evidence.column.state')}
          </th>
          <th scope="col" className={`${head} hidden md:table-cell`}>
            {t('evidence.column.collected')}
          </th>
          <th scope="col" className={`${head} hidden lg:table-cell`}>
            {t('evidence.column.until')}
          </th>
          <th scope="col" className={`${head} hidden lg:table-cell`}>
            {t('evidence.column.owner')}
          </th>
          <th scope="col" className={`${head} hidden sm:table-cell`}>
            {t('evidence.column.controls')}
          </th>
        </tr>
      </thead>
      <tbody ref={body} className="divide-y divide-line">
        {items.map((one) => (
          <Row key={one.id} one={one} />
        ))}
      </tbody>
    </table>
  )
}

const link = 'rounded underline decoration-line-strong underline-offset-2 hover:decoration-current'

function Row({ one }: { one: Evidence }) {
  const asOf = one.latest?.collected_at ?? one.population?.as_of
  return (
    <tr className="align-top hover:bg-hover" data-evidence={one.id}>
      <th scope="row" className="px-4 py-2 font-medium break-words">
        <Title one={one} />
        <span className="block text-xs font-normal text-muted">
          {[one.kind && t(`evidence.kind.${one.kind}`), t(one.automated ? 'evidence.automated' : 'evidence.manual')].filter(Boolean).join(' · ')}
        </span>
      </th>
      <td className="px-4 py-2">
        {/* A result that fails is ready as evidence, and is no pass. */}
        {one.result ? <TestStateChip state={one.result as TestState} /> : <EvidenceStateChip state={one.state} />}
        <p className="mt-0.5 text-xs text-muted">
          <Sentence>{statement(one.reason)}</Sentence>
        </p>
      </td>
      <td className="hidden px-4 py-2 whitespace-nowrap text-muted md:table-cell">
        <Time at={asOf} />
      </td>
      <td className="hidden px-4 py-2 whitespace-nowrap text-muted lg:table-cell">
        {one.latest ? zonedTime(one.latest.valid_until) : one.automated ? t('evidence.noEnd') : '–'}
      </td>
      <td className="hidden px-4 py-2 text-muted lg:table-cell">{one.owner ? <Text>{one.owner}</Text> : '–'}</td>
      <td className="hidden px-4 py-2 sm:table-cell">
        <ul className="flex flex-wrap gap-x-3 gap-y-0.5">
          {one.controls.map((id) => (
            <li key={id}>
              <Link href={controlPath(id)} className={link}>
                <Text>{id}</Text>
              </Link>
            </li>
          ))}
        </ul>
      </td>
    </tr>
  )
}

/** What was made from a test leads to the test, a list to its records, what a person added to its versions. */
function Title({ one }: { one: Evidence }) {
  const { population } = one
  if (one.result) {
    return (
      <Link href={testPath(one.id.replace(/^[^:]*:/, ''))} className={link}>
        <Text>{one.title}</Text>
      </Link>
    )
  }
  if (population) {
    return (
      <Link href={`/connections/${encodeURIComponent(population.alias)}/data?${new URLSearchParams({ stream: population.stream }).toString()}`} className={link}>
        <Text>{one.title}</Text>
      </Link>
    )
  }
  return (
    <Link href={`/evidence/${encodeURIComponent(one.id)}`} className={link}>
      <Text>{one.title}</Text>
    </Link>
  )
}
