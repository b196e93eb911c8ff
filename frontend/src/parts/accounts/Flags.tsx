import type { Account } from '@/api/people'
import { Chip } from '@/ui/Chip'
import { cx } from '@/ui/cx'
import { flagTone, flagWhy, flagWord } from './names'

/** What is to see to of an account; in a list the gravest, and how many more. */
export function Flags({ account, short = false }: { account: Pick<Account, 'flags' | 'leaver_since'>; short?: boolean }) {
  const shown = short ? account.flags.slice(0, 1) : account.flags
  const rest = account.flags.slice(shown.length)
  return (
    <span className={cx('inline-flex items-center gap-1', !short && 'flex-wrap')}>
      {shown.map((flag) => (
        <FlagChip key={flag} flag={flag} since={account.leaver_since} />
      ))}
      {rest.length > 0 && (
        <span className="text-xs text-muted" title={rest.map(flagWord).join(', ')}>
          +{rest.length}
        </span>
      )}
    </span>
  )
}

function FlagChip({ flag, since }: { flag: string; since: string | undefined }) {
  return (
    <span title={flagWhy(flag, since)} data-flag={flag}>
      <Chip tone={flagTone(flag)} className="h-5!">
        {flagWord(flag)}
      </Chip>
    </span>
  )
}
