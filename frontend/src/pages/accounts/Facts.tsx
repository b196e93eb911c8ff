import { ExternalLink } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Account, AccountPage } from '@/api/people'
import { connectionPath, recordPath } from '@/lib/paths'
import { valueWord } from '@/parts/accounts/names'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { cellOf, columnTitle, ownColumnsOf } from './columns'
import { Fact, Part } from './Part'

/** What the source of an account says of it, with the way to the whole record. */
export function Facts({ account, page }: { account: Account; page: AccountPage }) {
  if (account.row === 'person') return null
  const check = account.row === 'background_check'
  const text = (value: string | undefined) => (value ? <Text>{value}</Text> : undefined)
  const rows: [string, ReactNode][] = [
    [t('accounts.column.system'), <System key="system" account={account} />],
    [t('accounts.column.status'), valueWord(account.status)],
    ...(check
      ? []
      : ([
          [t('accounts.column.privileged'), valueWord(account.privileged)],
          [t('accounts.column.mfa'), valueWord(account.mfa)],
          [t('accounts.facet.active'), valueWord(account.active)],
        ] satisfies [string, ReactNode][])),
    [t('accounts.column.username'), text(account.username)],
    [t('accounts.column.email'), text(account.email)],
    [t('accounts.column.title'), text(account.title)],
    [t('accounts.column.department'), text(account.department)],
    [t('accounts.column.roles'), text(account.roles?.join(', '))],
    [t('accounts.column.groups'), text(account.groups?.join(', '))],
    ...ownColumnsOf(page).map((column): [string, ReactNode] => [columnTitle(column), account.values[column] ? cellOf(account, column) : undefined]),
    [t('accounts.column.last_active_at'), check ? undefined : <Time key="last" at={account.last_active_at} missing={t('accounts.notKnown')} />],
    [t('accounts.column.created_at'), account.created_at && <Time at={account.created_at} />],
    [t('accounts.column.first_seen_at'), account.first_seen_at && <Time at={account.first_seen_at} />],
  ]
  return (
    <Part
      title={t('accounts.panel.facts')}
      aside={
        account.connection && (
          <Link
            href={recordPath({ connection: account.alias || account.connection, stream: account.stream ?? '', key: account.key ?? '' })}
            title={t('accounts.panel.recordWhy')}
            className="inline-flex h-7 items-center gap-1.5 rounded-md px-2 text-sm text-accent underline-offset-2 hover:underline"
          >
            <ExternalLink size={13} aria-hidden />
            {t('accounts.panel.record')}
          </Link>
        )
      }
    >
      <dl className="divide-y divide-line">
        {rows
          .filter(([, value]) => value !== undefined && value !== '')
          .map(([title, value]) => (
            <Fact key={title} title={title}>
              {value}
            </Fact>
          ))}
      </dl>
    </Part>
  )
}

function System({ account }: { account: Account }) {
  const { alias = '', connection = '' } = account
  return (
    <>
      <Link href={connectionPath({ id: connection, alias })} className="inline-flex min-h-6 items-center font-medium underline-offset-2 hover:underline">
        <Text>{alias}</Text>
      </Link>{' '}
      <span className="text-muted">
        <Text>{account.connector_name}</Text>
      </span>
    </>
  )
}
