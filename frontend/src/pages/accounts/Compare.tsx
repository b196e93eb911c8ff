import { TriangleAlert } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import type { AccountPage, Comparison } from '@/api/people'
import { asProblem } from '@/api/problem'
import { connectionPath } from '@/lib/paths'
import { zonedDay, zonedTime } from '@/lib/time'
import { accountPath, valueWord } from '@/parts/accounts/names'
import { Button } from '@/ui/Button'
import { Chip } from '@/ui/Chip'
import { TextInput } from '@/ui/Field'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { useNow } from '@/ui/useNow'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { useComparison } from './queries'

/** What differs between the accounts of a page at two dates: who came, who went, which cells, which decisions. */
export function Compare({ page }: { page: AccountPage }) {
  const { one, set } = useUrl()
  const [from, to] = [one('from'), one('to')]
  const query = useComparison(page, from, to)
  return (
    <div className="mt-3 flex min-h-0 flex-1 flex-col overflow-hidden rounded-lg border border-line bg-panel" data-compare={page}>
      <Dates key={`${from} ${to}`} from={from} to={to} onShow={(dates) => set(dates)} />
      <div className="relative min-h-0 flex-1 overflow-auto" tabIndex={0} role="region" aria-label={t('accounts.compare.title')}>
        {from === '' ? (
          <EmptyState title={t('accounts.compare.title')}>{t('accounts.compare.choose')}</EmptyState>
        ) : query.isPending ? (
          <SkeletonRows rows={6} label={t('accounts.compare.loading')} />
        ) : query.isError ? (
          <ErrorState what={t('accounts.compare.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
        ) : (
          <Result page={page} found={query.data} />
        )}
      </div>
    </div>
  )
}

interface DatesProps {
  from: string
  to: string
  onShow: (dates: { from: string; to: string }) => void
}

function Dates({ from, to, onShow }: DatesProps) {
  const [dates, setDates] = useState({ from, to })
  const today = new Date(useNow()).toLocaleDateString('sv')
  return (
    <form
      className="flex flex-wrap items-end gap-3 border-b border-line px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault()
        if (dates.from) onShow(dates)
      }}
    >
      <div>
        <label htmlFor="compare-from" className="text-xs text-muted">
          {t('accounts.compare.from')}
        </label>
        <TextInput id="compare-from" type="date" required max={today} value={dates.from} onChange={(e) => setDates({ ...dates, from: e.target.value })} />
      </div>
      <div>
        <label htmlFor="compare-to" className="text-xs text-muted">
          {t('accounts.compare.to')}
        </label>
        <TextInput
          id="compare-to"
          type="date"
          min={dates.from}
          max={today}
          aria-describedby="compare-now"
          value={dates.to}
          onChange={(e) => setDates({ ...dates, to: e.target.value })}
        />
      </div>
      <p id="compare-now" className="pb-2 text-xs text-muted">
        {t('accounts.compare.toNow')}
      </p>
      <Button type="submit" look="primary" disabled={!dates.from}>
        {t('accounts.compare.show')}
      </Button>
      <ul className="flex flex-wrap gap-1.5">
        {quickDays(today).map(({ title, day }) => (
          <li key={title}>
            <Button size="sm" look="ghost" onClick={() => onShow({ from: day, to: '' })}>
              {title}
            </Button>
          </li>
        ))}
      </ul>
    </form>
  )
}

/** The days that reviews begin from. */
function quickDays(today: string): { title: string; day: string }[] {
  const at = new Date(today)
  const text = (date: Date) => date.toLocaleDateString('sv')
  return [
    { title: t('accounts.compare.quick.month'), day: text(new Date(at.getFullYear(), at.getMonth(), 0)) },
    { title: t('accounts.compare.quick.quarter'), day: text(new Date(at.getFullYear(), Math.floor(at.getMonth() / 3) * 3, 0)) },
    { title: t('accounts.compare.quick.year'), day: text(new Date(at.getFullYear() - 1, at.getMonth(), at.getDate())) },
  ]
}

function Result({ page, found }: { page: AccountPage; found: Comparison }) {
  const left = found.sources.filter((source) => source.state !== 'compared')
  const none = left.length === found.sources.length
  return (
    <>
      <div className="px-4 py-3">
        <p className="text-sm text-muted">{t('accounts.compare.between', { from: zonedTime(found.from), to: zonedTime(found.to) })}</p>
        {!none && (
          <p role="status" className="tabular mt-1 text-base font-medium">
            {[
              t('accounts.compare.added', { count: found.added }), t('accounts.compare.removed', { count: found.removed }),
              t('accounts.compare.changed', { count: found.changed }),
            ].join(' · ')}
          </p>
        )}
      </div>
      {left.length > 0 && <NotCompared sources={left} />}
      {none ? (
        <EmptyState title={t('accounts.compare.unreadTitle')}>{t('accounts.compare.unread')}</EmptyState>
      ) : found.items.length === 0 ? (
        <EmptyState title={t('accounts.compare.nothing')}>{t('accounts.compare.nothingWhy')}</EmptyState>
      ) : (
        <Differences page={page} found={found} />
      )}
      {found.more && <p className="border-t border-line px-4 py-2 text-sm text-muted">{t('accounts.compare.more')}</p>}
    </>
  )
}

function NotCompared({ sources }: { sources: Comparison['sources'] }) {
  return (
    <section aria-label={t('accounts.compare.sources')} className="border-y border-line bg-warn-soft px-4 py-2 text-sm">
      <p className="flex items-center gap-2 font-medium text-warn">
        <TriangleAlert size={14} aria-hidden className="shrink-0" />
        {t('accounts.compare.sources')}
      </p>
      <ul className="mt-1 pl-6">
        {sources.map((source) => (
          <li key={source.connection} data-source={source.alias} data-state={source.state}>
            <Link href={connectionPath({ id: source.connection, alias: source.alias })} className="inline-flex min-h-6 items-center font-medium underline-offset-2 hover:underline">
              <Text>{source.alias}</Text>
            </Link>{' '}
            <span className="text-muted">
              <Sentence>{source.explanation}</Sentence>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}

const tones = { added: 'ok', removed: 'bad', changed: 'info' } as const
const head = 'h-9 px-4 text-left text-xs font-medium text-muted whitespace-nowrap'

function Differences({ page, found }: { page: AccountPage; found: Comparison }) {
  return (
    <table className="w-full min-w-[40rem] border-collapse text-sm">
      <caption className="sr-only">{t('accounts.compare.table')}</caption>
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={head}>{t('accounts.column.name')}</th>
          <th scope="col" className={head}>{t('accounts.column.system')}</th>
          <th scope="col" className={head}>{t('accounts.compare.what')}</th>
          <th scope="col" className={head}>{t('accounts.compare.cells')}</th>
        </tr>
      </thead>
      <tbody>
        {found.items.map((item) => (
          <tr key={item.account} className="border-b border-line align-top" data-change={item.change}>
            <th scope="row" className="px-4 py-2 text-left font-medium">
              {item.change === 'removed' ? (
                <Text>{item.name}</Text>
              ) : (
                <Link href={accountPath(item.account, page)} className="inline-flex min-h-6 items-center underline-offset-2 hover:underline">
                  <Text>{item.name}</Text>
                </Link>
              )}
            </th>
            <td className="px-4 py-2 text-muted">
              <Text>{item.alias}</Text>
            </td>
            <td className="px-4 py-2">
              <Chip tone={tones[item.change]} className="h-5!">
                {t(`accounts.compare.kind.${item.change}`)}
              </Chip>
            </td>
            <td className="px-4 py-2">
              <ul>
                {item.cells.map((cell) => (
                  <li key={`${cell.cell} ${String(cell.decision)}`} className="break-words">
                    <span className="text-muted">
                      {cellTitle(cell.cell)}
                      {cell.decision && ` (${t('accounts.compare.decision')})`}:{' '}
                    </span>
                    <del className="text-muted">{cellValue(cell.cell, cell.before)}</del>
                    {' → '}
                    <ins className="no-underline">{cellValue(cell.cell, cell.after)}</ins>
                  </li>
                ))}
              </ul>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

const words = new Set(['status', 'kind', 'privileged', 'mfa', 'scope', 'outcome', 'write', 'merge', 'admin', 'alert_admin', 'console_access', 'api_access'])
const titles = [
  'name', 'email', 'username', 'status', 'kind', 'privileged', 'mfa', 'title', 'department', 'roles', 'groups', 'account', 'console_access', 'api_access',
  'key_age_days', 'write', 'merge', 'admin', 'repositories', 'commits', 'alert_admin', 'provider', 'package', 'outcome', 'ordered_on', 'completed_on',
  'exception', 'application', 'entitlement', 'last_decision', 'link', 'scope', 'rationale', 'owner', 'note',
] as const

function cellTitle(cell: string): string {
  const known = titles.find((title) => title === cell)
  return known ? t(`accounts.column.${known}`) : valueWord(cell)
}

function cellValue(cell: string, value: string) {
  if (value === '') return t('accounts.compare.empty')
  if (words.has(cell)) return valueWord(value)
  return <Text>{/_on$|_decision$/.test(cell) ? zonedDay(value) : value}</Text>
}
