import { useState } from 'react'
import { Link } from 'wouter'
import { acceptSuggestions, type Suggestion } from '@/api/people'
import { asProblem } from '@/api/problem'
import { visible } from '@/lib/visible'
import { ChangeDialog } from '@/parts/accounts/ChangeDialog'
import { DecisionReport } from '@/parts/accounts/DecisionReport'
import { accountPath, personName } from '@/parts/accounts/names'
import { PersonName } from '@/parts/accounts/PersonName'
import { PositionNote } from '@/parts/accounts/PositionNote'
import { useDecisions } from '@/parts/accounts/useDecisions'
import { Button } from '@/ui/Button'
import { Chip } from '@/ui/Chip'
import { Checkbox, Select } from '@/ui/Field'
import { SearchBox } from '@/ui/SearchBox'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { useDebounced } from '@/ui/useDebounced'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { useSuggestions } from './queries'

/** Every suggestion, the surest first; those that are chosen are accepted together after a preview. */
export function Suggestions() {
  const url = useUrl()
  const q = useDebounced(url.one('q').trim(), 150)
  const least = Number(url.one('least')) || 0
  const query = useSuggestions({ ...(q && { q }), ...(least > 0 && { confidence: least / 100 }) })
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set())
  const [asking, setAsking] = useState<string[]>()
  const decisions = useDecisions(() => setChosen(new Set()))
  const first = query.data?.pages[0]
  const items = query.data?.pages.flatMap((page) => page.items) ?? []
  const selected = items.filter((item) => chosen.has(item.id)).map((item) => item.id)
  const ask = (ids: string[]) => setAsking(ids)
  return (
    <>
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-4 py-3">
        <SearchBox label={t('people.suggestions.search')} value={url.one('q')} onChange={(value) => url.set({ q: value }, 'typing')} />
        <Confidence value={least} onChange={(value) => url.set({ least: value === '0' ? '' : value })} />
        <span role="status" className="text-sm text-muted sm:ml-auto">
          {first?.matched !== undefined && t('people.suggestions.count', { count: first.matched })}
        </span>
      </div>
      {first && <PositionNote position={first.position} />}
      {query.isPending ? (
        <SkeletonRows rows={6} label={t('people.suggestions.loading')} />
      ) : !first ? (
        <ErrorState what={t('people.suggestions.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : items.length === 0 ? (
        <Nothing filtered={q !== '' || least > 0} onClear={() => url.set({ q: '', least: '' })} />
      ) : (
        <div className="relative min-h-0 flex-1 overflow-auto" tabIndex={0} role="region" aria-label={t('people.suggestions.table')}>
          <SuggestionTable items={items} chosen={chosen} onChoose={setChosen} onAccept={(id) => ask([id])} />
          {query.hasNextPage && (
            <div className="flex justify-center p-3">
              <Button asksAgent busy={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                {t('people.suggestions.more')}
              </Button>
            </div>
          )}
        </div>
      )}
      {(selected.length > 0 || decisions.done) && (
        <section aria-label={t('people.suggestions.report')} className="border-t border-line p-2">
          <DecisionReport decisions={decisions} />
          {selected.length > 0 && (
            <div className="flex flex-wrap items-center gap-1.5">
              <p role="status" className="tabular px-2 text-sm font-medium">
                {t('people.suggestions.selected', { count: selected.length })}
              </p>
              <Button size="sm" look="ghost" onClick={() => setChosen(new Set())}>
                {t('people.suggestions.selectNone')}
              </Button>
              <Button size="sm" look="primary" asksAgent onClick={() => ask(selected)}>
                {t('people.suggestions.accept')}
              </Button>
            </div>
          )}
        </section>
      )}
      {asking && (
        <ChangeDialog
          title={t('people.suggestions.ask', { count: asking.length })}
          effect={t('people.suggestions.effect')}
          run={(preview, signal) => acceptSuggestions(asking, preview, signal)}
          changeKey={asking.join(' ')}
          onClose={() => setAsking(undefined)}
          onDone={(report) => decisions.finish(report)}
        />
      )}
    </>
  )
}

const levels = [0, 60, 80, 90]

function Confidence({ value, onChange }: { value: number; onChange: (value: string) => void }) {
  const shown = levels.includes(value) ? levels : [...levels, value]
  return (
    <label className="inline-flex items-center gap-2 text-sm text-muted">
      {t('people.suggestions.confidence')}
      <Select className="w-auto!" value={String(value)} onChange={(event) => onChange(event.target.value)}>
        {shown.map((level) => (
          <option key={level} value={level}>
            {level === 0 ? t('people.suggestions.any') : t('people.suggestions.percent', { percent: level })}
          </option>
        ))}
      </Select>
    </label>
  )
}

function Nothing({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  if (!filtered) return <EmptyState title={t('people.suggestions.noneTitle')}>{t('people.suggestions.none')}</EmptyState>
  return (
    <EmptyState title={t('people.suggestions.noneFilteredTitle')} action={<Button onClick={onClear}>{t('people.noMatch.action')}</Button>}>
      {t('people.suggestions.noneFiltered')}
    </EmptyState>
  )
}

const head = 'h-9 px-3 text-left text-xs font-medium text-muted whitespace-nowrap'
const cell = 'px-3 py-2 align-top'

interface TableProps {
  items: Suggestion[]
  chosen: ReadonlySet<string>
  onChoose: (chosen: ReadonlySet<string>) => void
  onAccept: (id: string) => void
}

function SuggestionTable({ items, chosen, onChoose, onAccept }: TableProps) {
  // Of several suggestions for one account the surest one is taken; a privileged account is accepted by itself.
  const together = items.filter((item, i) => item.privileged !== 'yes' && items.findIndex((other) => other.account === item.account) === i)
  const all = together.length > 0 && together.every((item) => chosen.has(item.id))
  const choose = (item: Suggestion, on: boolean) => {
    const next = new Set([...chosen].filter((id) => !items.some((other) => other.id === id && other.account === item.account)))
    if (on) next.add(item.id)
    onChoose(next)
  }
  return (
    <table className="w-full min-w-[52rem] border-collapse text-sm">
      <caption className="sr-only">{t('people.suggestions.table')}</caption>
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className="w-10 pl-4">
            <label className="-ml-1 grid size-6 place-items-center">
              <Checkbox
                aria-label={t('people.suggestions.selectShown')}
                checked={all}
                disabled={together.length === 0}
                onChange={(event) => onChoose(new Set(event.target.checked ? together.map((item) => item.id) : []))}
              />
            </label>
          </th>
          <th scope="col" className={head}>{t('people.suggestions.account')}</th>
          <th scope="col" className={head}>{t('people.suggestions.person')}</th>
          <th scope="col" className={head}>{t('people.suggestions.sure')}</th>
          <th scope="col" className={head}>{t('people.suggestions.why')}</th>
          <th scope="col" className="w-24">
            <span className="sr-only">{t('people.suggestions.action')}</span>
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {items.map((item) => (
          <Row key={item.id} item={item} checked={chosen.has(item.id)} onChoose={(on) => choose(item, on)} onAccept={() => onAccept(item.id)} />
        ))}
      </tbody>
    </table>
  )
}

interface RowProps {
  item: Suggestion
  checked: boolean
  onChoose: (on: boolean) => void
  onAccept: () => void
}

function Row({ item, checked, onChoose, onAccept }: RowProps) {
  const privileged = item.privileged === 'yes'
  const names = { account: visible(item.account_name, 80), person: visible(personName(item.person), 80) }
  return (
    <tr data-suggestion={item.id}>
      <td className="pl-4 align-top">
        <label className="-ml-1 grid size-9 w-6 place-items-center">
          <Checkbox
            aria-label={t('people.suggestions.select', names)}
            checked={checked}
            disabled={privileged}
            title={privileged ? t('people.suggestions.privilegedWhy') : undefined}
            onChange={(event) => onChoose(event.target.checked)}
          />
        </label>
      </td>
      <th scope="row" className={`${cell} text-left font-medium`}>
        <Link href={accountPath(item.account)} className="inline-flex min-h-6 items-center underline-offset-2 hover:underline">
          <Text>{item.account_name}</Text>
        </Link>{' '}
        <span className="font-normal text-muted">
          <Text>{item.alias}</Text>
        </span>
        {privileged && (
          <span className="mt-1 block font-normal" title={t('people.suggestions.privilegedWhy')}>
            <Chip tone="warn" className="h-5!">
              {t('people.suggestions.privileged')}
            </Chip>
          </span>
        )}
      </th>
      <td className={cell}>
        <PersonName person={item.person} />
      </td>
      <td className={`${cell} tabular whitespace-nowrap`}>{t('people.suggestions.percent', { percent: Math.round(item.confidence * 100) })}</td>
      <td className={`${cell} text-muted`}>
        <Sentence>{item.explanation}</Sentence>
      </td>
      <td className={`${cell} text-right`}>
        <Button size="sm" asksAgent aria-label={t('people.suggestions.acceptOne', names)} onClick={onAccept}>
          {t('people.suggestions.accept')}
        </Button>
      </td>
    </tr>
  )
}
