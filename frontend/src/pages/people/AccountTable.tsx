import { Link } from 'wouter'
import type { Account } from '@/api/people'
import { Flags } from '@/parts/accounts/Flags'
import { accountName, accountPath, valueWord } from '@/parts/accounts/names'
import { Chip } from '@/ui/Chip'
import { card } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'

const head = 'h-9 px-4 text-left text-xs font-medium text-muted whitespace-nowrap'
const cell = 'px-4 py-2'

/** The accounts of a person, those that their sources have first. */
export function AccountTable({ accounts }: { accounts: Account[] }) {
  return (
    <div className={`${card} relative overflow-x-auto`} tabIndex={0} role="region" aria-label={t('accounts.list')}>
      <table className="w-full min-w-[48rem] border-collapse text-sm">
        <thead className="border-b border-line">
          <tr>
            <th scope="col" className={head}>{t('accounts.column.name')}</th>
            <th scope="col" className={head}>{t('accounts.column.system')}</th>
            <th scope="col" className={head}>{t('accounts.column.status')}</th>
            <th scope="col" className={head}>{t('accounts.column.privileged')}</th>
            <th scope="col" className={head}>{t('accounts.column.mfa')}</th>
            <th scope="col" className={head}>{t('accounts.column.last_active_at')}</th>
            <th scope="col" className={head}>{t('accounts.column.flags')}</th>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {accounts.map((account) => (
            <tr key={account.id} data-account={account.id}>
              <th scope="row" className={`${cell} text-left font-medium`}>
                <Link href={accountPath(account.id)} className="inline-flex min-h-6 items-center underline-offset-2 hover:underline">
                  <Text>{accountName(account)}</Text>
                </Link>
              </th>
              <td className={cell}>
                <Text>{account.alias}</Text>
              </td>
              <td className={cell}>{account.removed_at ? <Chip tone="quiet" className="h-5!">{valueWord('removed')}</Chip> : valueWord(account.status)}</td>
              <td className={cell}>{valueWord(account.privileged)}</td>
              <td className={cell}>{valueWord(account.mfa)}</td>
              <td className={`${cell} text-muted`}>
                <Time at={account.last_active_at} missing={t('accounts.notKnown')} />
              </td>
              <td className={cell}>{account.flags.length > 0 ? <Flags account={account} /> : <span className="text-faint">–</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
