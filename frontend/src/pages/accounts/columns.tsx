import type { ReactNode } from 'react'
import type { Account, AccountPage } from '@/api/people'
import { zonedDay } from '@/lib/time'
import { Flags } from '@/parts/accounts/Flags'
import { accountName, personName, valueWord } from '@/parts/accounts/names'
import { PersonStatusChip } from '@/parts/accounts/PersonName'
import type { GridColumn } from '@/ui/grid/Grid'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'

/** Columns of one page alone, whose cells are in the values of an account. */
const own = {
  all: [],
  'access-review': ['application', 'entitlement', 'last_decision'],
  'background-check': ['provider', 'package', 'outcome', 'ordered_on', 'completed_on', 'exception'],
  infrastructure: ['account', 'console_access', 'api_access', 'key_age_days'],
  observability: ['alert_admin'],
  'version-control': ['write', 'merge', 'admin', 'repositories', 'commits'],
} as const satisfies Record<AccountPage, readonly string[]>

const usual = ['kind', 'role', 'privileged', 'mfa', 'last_active_at'] as const
const last = ['status', 'scope', 'owner', 'first_seen_at', 'note'] as const

type Own = (typeof own)[AccountPage][number]
export type Column = 'name' | 'person' | 'flags' | 'connection' | 'removed_at' | (typeof usual)[number] | (typeof last)[number] | Own

/** The columns of a page in their order. When an account was removed is a column where removed ones are asked for. */
export function columnsOf(page: AccountPage, removed: boolean): Column[] {
  const check = page === 'background-check'
  return [
    'name', 'person', 'flags', 'connection', ...(check ? [] : usual), ...own[page],
    ...last.filter((column) => !check || (column !== 'owner' && column !== 'first_seen_at')), ...(removed ? (['removed_at'] as const) : []),
  ]
}

/** The columns of a page that the others do not have. */
export const ownColumnsOf = (page: AccountPage): readonly Own[] => own[page]

const widths: Partial<Record<Column, number>> = {
  name: 220, person: 230, flags: 210, connection: 140, role: 160, account: 150, application: 150, entitlement: 160, note: 160, exception: 180, owner: 140,
}
const wide = new Set<Column>(['name', 'person', 'flags', 'note', 'exception'])
const sorted = new Set<Column>(['name', 'person', 'connection', 'kind', 'status', 'last_active_at', 'first_seen_at', 'removed_at'])
const numbers = new Set<Column>(['key_age_days', 'repositories', 'commits'])

export const columnTitle = (column: Column): string => t(column === 'connection' ? 'accounts.column.system' : `accounts.column.${column}`)

export const gridColumns = (columns: Column[]): GridColumn[] =>
  columns.map((column) => ({
    id: column, title: columnTitle(column), width: widths[column] ?? 115, grow: wide.has(column) ? 2 : 1, sortable: sorted.has(column), right: numbers.has(column),
  }))

const faint = (text: string) => <span className="text-faint">{text}</span>

/** What a cell shows; a dash for what is not known. */
export function cellOf(account: Account, column: string): ReactNode {
  switch (column) {
    case 'name':
      return <span className="font-medium">{<Text>{accountName(account)}</Text>}</span>
    case 'person':
      return <Whose account={account} />
    case 'flags':
      return account.flags.length > 0 ? <Flags account={account} short /> : faint('–')
    case 'connection':
      return account.alias ? <Text>{account.alias}</Text> : faint('–')
    case 'role':
      return listed([...(account.roles ?? []), ...(account.roles?.length ? [] : [account.title ?? ''])])
    case 'kind':
    case 'privileged':
    case 'mfa':
    case 'status':
      return word(account[column])
    case 'scope':
      return account.in_scope ? valueWord('in') : <span className="font-medium">{valueWord('out')}</span>
    case 'owner':
      return account.owner ? <Text>{personName(account.owner)}</Text> : faint('–')
    case 'note':
      return account.note ? <Text>{account.note}</Text> : faint('–')
    case 'last_active_at':
    case 'first_seen_at':
    case 'removed_at':
      return <Time at={account[column]} missing={column === 'last_active_at' ? t('accounts.notKnown') : '–'} className="text-muted" />
    default:
      return ownCell(column, account.values[column])
  }
}

const listed = (words: string[]): ReactNode => {
  const text = words.filter(Boolean).join(', ')
  return text ? <Text>{text}</Text> : faint('–')
}

const word = (value: string): ReactNode => (value === 'unknown' ? faint(valueWord(value)) : valueWord(value))

function ownCell(column: string, value: string | undefined): ReactNode {
  if (value === undefined || value === '') return faint('–')
  if (column === 'key_age_days') return t('accounts.days', { count: Number(value) })
  if (/_on$|_decision$/.test(column)) return zonedDay(value)
  if (['outcome', 'console_access', 'api_access', 'write', 'merge', 'admin', 'alert_admin'].includes(column)) return word(value)
  return <Text>{value}</Text>
}

/** Whose an account is in a few words. */
function Whose({ account: { link, suggestions } }: { account: Account }) {
  if (link.person) {
    return (
      <span className="inline-flex max-w-full items-center gap-1.5">
        <span className="truncate">
          <Text>{personName(link.person)}</Text>
        </span>
        <PersonStatusChip status={link.person.status} />
      </span>
    )
  }
  if (link.state === 'ambiguous') return <span className="text-warn">{t('accounts.several', { count: link.candidates?.length ?? 2 })}</span>
  if (link.by === 'decision') return faint(t('accounts.noPerson'))
  if (suggestions > 0) return <span className="text-accent">{t('accounts.suggested', { count: suggestions })}</span>
  return faint(t('accounts.noLink'))
}
