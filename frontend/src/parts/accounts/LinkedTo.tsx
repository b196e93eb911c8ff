import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { keys } from '@/api/keys'
import { getAccount, getPerson } from '@/api/people'
import { t } from '@/words'
import { Flags } from './Flags'
import { accountPath } from './names'
import { PersonName } from './PersonName'

/** Whose a record is: the person an account is linked to, or the person whom a record of HR tells of. Nothing while that is not known. */
export function LinkedTo({ account, person }: { account: string | undefined; person: string | undefined }) {
  if (account) return <OfAccount id={account} />
  return person ? <OfPerson id={person} /> : null
}

function OfAccount({ id }: { id: string }) {
  const { data } = useQuery({ queryKey: keys.account(id, 'all'), queryFn: ({ signal }) => getAccount(id, 'all', signal), retry: false })
  if (!data) return null
  const { link } = data
  return (
    <div className="space-y-1" data-linked={link.state}>
      {link.person ? <PersonName person={link.person} /> : <p>{whyNobody(link)}</p>}
      {data.flags.length > 0 && <Flags account={data} />}
      <p>
        <Link href={accountPath(id)} className="inline-flex min-h-6 items-center text-accent underline-offset-2 hover:underline">
          {t('accounts.linked.manage')}
        </Link>
      </p>
    </div>
  )
}

function whyNobody({ state, by }: { state: string; by?: string }): string {
  if (state === 'ambiguous') return t('accounts.panel.candidates')
  return by === 'decision' ? t('accounts.panel.decidedNobody') : t('accounts.panel.nobody')
}

function OfPerson({ id }: { id: string }) {
  const { data } = useQuery({ queryKey: keys.person(id), queryFn: ({ signal }) => getPerson(id, signal), retry: false })
  return data ? <PersonName person={data} /> : null
}
