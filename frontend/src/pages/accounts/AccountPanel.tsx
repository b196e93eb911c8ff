import { ChevronDown, ChevronUp } from 'lucide-react'
import type { Account, AccountPage } from '@/api/people'
import { asProblem } from '@/api/problem'
import { zonedDay } from '@/lib/time'
import { Flags } from '@/parts/accounts/Flags'
import { accountName, flagWhy } from '@/parts/accounts/names'
import type { Decisions } from '@/parts/accounts/useDecisions'
import { Beside } from '@/ui/Beside'
import { IconButton } from '@/ui/Button'
import { Tag } from '@/ui/Chip'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { Decided } from './Decided'
import { Facts } from './Facts'
import { History } from './History'
import { useAccount } from './queries'
import { Whose } from './Whose'

interface Props {
  id: string
  page: AccountPage
  decisions: Decisions
  onClose: () => void
  onPrevious: (() => void) | undefined
  onNext: (() => void) | undefined
  focus: number
}

/** One account beside the list: whose it is, what is decided about it and what its source says. */
export function AccountPanel({ id, page, decisions, onClose, onPrevious, onNext, focus }: Props) {
  const query = useAccount(id, page)
  const account = query.data
  return (
    <Beside
      of={id}
      title={account ? accountName(account) : t('accounts.panel.label')}
      label={t('accounts.panel.label')}
      content={t('accounts.panel.content')}
      close={t('accounts.panel.close')}
      onClose={onClose}
      focus={focus}
    >
      {account ? (
        <>
          <Head account={account} onPrevious={onPrevious} onNext={onNext} />
          <Whose account={account} decisions={decisions} />
          <Decided account={account} decisions={decisions} />
          <Facts account={account} page={page} />
          <History account={account} decisions={decisions} />
        </>
      ) : query.isError ? (
        <ErrorState what={t('accounts.panel.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : (
        <SkeletonRows rows={6} label={t('accounts.panel.loading')} />
      )}
    </Beside>
  )
}

function Head({ account, onPrevious, onNext }: { account: Account } & Pick<Props, 'onPrevious' | 'onNext'>) {
  return (
    <div className="mb-4">
      <div className="flex flex-wrap items-center gap-2">
        {account.connector_name && (
          <Tag>
            <Text>{account.connector_name}</Text>
          </Tag>
        )}
        <span className="min-w-0 text-sm break-all text-muted">
          <Text>{account.email || account.username || account.key}</Text>
        </span>
        {(onPrevious ?? onNext) && (
          <span className="ml-auto flex">
            <IconButton label={t('accounts.panel.previous')} disabled={!onPrevious} onClick={onPrevious}>
              <ChevronUp size={16} aria-hidden />
            </IconButton>
            <IconButton label={t('accounts.panel.next')} disabled={!onNext} onClick={onNext}>
              <ChevronDown size={16} aria-hidden />
            </IconButton>
          </span>
        )}
      </div>
      {account.flags.length > 0 && (
        <div className="mt-3">
          <Flags account={account} />
          <ul className="mt-1 text-sm text-muted">
            {account.flags.map((flag) => (
              <li key={flag}>{flagWhy(flag, account.leaver_since)}</li>
            ))}
          </ul>
        </div>
      )}
      {account.removed_at && (
        <p className="mt-3 rounded-md bg-sunken px-3 py-2 text-sm">{t('accounts.panel.goneSince', { day: zonedDay(account.removed_at) })}</p>
      )}
      {account.row === 'person' && <p className="mt-3 rounded-md bg-sunken px-3 py-2 text-sm">{t('accounts.panel.personRow')}</p>}
    </div>
  )
}
