import { UserRoundX } from 'lucide-react'
import { Link } from 'wouter'
import type { PersonDetail } from '@/api/people'
import { asProblem } from '@/api/problem'
import { zonedDay } from '@/lib/time'
import { accountName, personName, valueWord } from '@/parts/accounts/names'
import { PersonStatusChip } from '@/parts/accounts/PersonName'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { card, Section } from '@/ui/Section'
import { Sentence, Text } from '@/ui/Text'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { AccountTable } from './AccountTable'
import { FieldTable } from './FieldTable'
import { KnownFrom } from './KnownFrom'
import { usePerson } from './queries'

/** One person: what is known and from where, and every account the person has. */
export function PersonPage({ id }: { id: string }) {
  const query = usePerson(id)
  const person = query.data
  useTitle(person ? personName(person) : t('people.title'))
  if (query.isError && !person) {
    return <ErrorState heading="h1" what={t('people.person.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
  }
  if (!person) return <SkeletonRows rows={8} label={t('people.person.loading')} />
  return (
    <div data-person={person.id}>
      <header className="border-b border-line pb-4">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1 className="text-xl font-semibold tracking-tight break-words">
            <Text>{personName(person)}</Text>
          </h1>
          <PersonStatusChip status={person.status} always />
        </div>
        <p className="mt-1 text-muted">
          <Text>{[person.email, person.title, person.department].filter(Boolean).join(' · ')}</Text>
        </p>
        <p className="mt-1 text-sm text-muted">
          <Sentence>{person.status_reason}</Sentence>
        </p>
        <Leaver person={person} />
      </header>
      <Section title={t('people.person.accounts', { count: person.account_list.length })}>
        {person.account_list.length === 0 ? <p className="text-sm text-muted">{t('people.person.noAccounts')}</p> : <AccountTable accounts={person.account_list} />}
      </Section>
      <Section
        title={t('people.person.facts')}
        aside={
          <Link href="/people/sources" className="inline-flex min-h-6 items-center text-sm text-accent underline-offset-2 hover:underline">
            {t('people.person.precedence')}
          </Link>
        }
      >
        <FieldTable person={person} />
      </Section>
      <div className="grid gap-x-8 lg:grid-cols-2">
        <Checks person={person} />
        <Training person={person} />
      </div>
      <Section title={t('people.person.knownFrom')}>
        <KnownFrom sources={person.sources} />
      </Section>
    </div>
  )
}

/** What a person who left, or is about to, can still use. */
function Leaver({ person }: { person: PersonDetail }) {
  const active = person.active_accounts
  if (person.status === 'left' && active > 0) {
    return (
      <div role="note" className="mt-3 flex gap-2 rounded-md bg-bad-soft px-3 py-2 text-sm" data-leaver={active}>
        <UserRoundX size={16} aria-hidden className="mt-0.5 shrink-0 text-bad" />
        <p>
          <strong className="font-medium">
            {person.left_at ? t('people.person.leaverSince', { count: active, day: zonedDay(person.left_at) }) : t('people.person.leaver', { count: active })}
          </strong>{' '}
          {t('people.person.leaverWhat')}
        </p>
      </div>
    )
  }
  if (person.status === 'leaving' && person.ended_at && active > 0) {
    return (
      <p className="mt-3 rounded-md bg-warn-soft px-3 py-2 text-sm" data-leaver={active}>
        {t('people.person.leaving', { day: zonedDay(person.ended_at), accounts: t('people.person.leavingAccounts', { count: active }) })}
      </p>
    )
  }
  return null
}

function Checks({ person }: { person: PersonDetail }) {
  return (
    <Section title={t('people.person.checks')}>
      {person.check_list.length === 0 ? (
        <p className="text-sm text-muted">{person.background_check === 'exception' ? valueWord('exception') : t('people.person.noChecks')}</p>
      ) : (
        <ul className={`${card} divide-y divide-line text-sm`}>
          {person.check_list.map((check) => (
            <li key={check.id} className="flex flex-wrap justify-between gap-x-4 px-4 py-2">
              <span>
                <Text>{check.values.package ?? accountName(check)}</Text>{' '}
                <span className="text-muted">
                  <Text>{check.alias}</Text>
                </span>
              </span>
              <span>
                {valueWord(check.values.outcome ?? check.status)}{' '}
                <span className="text-muted">{check.values.completed_on && zonedDay(check.values.completed_on)}</span>
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  )
}

function Training({ person }: { person: PersonDetail }) {
  return (
    <Section title={t('people.person.training')}>
      {person.training.length === 0 ? (
        <p className="text-sm text-muted">{t('people.person.noTraining')}</p>
      ) : (
        <ul className={`${card} divide-y divide-line text-sm`}>
          {person.training.map((record) => {
            const data = record.data as { course?: string; status?: string; completed_at?: string }
            return (
              <li key={`${record.connection} ${record.key}`} className="flex flex-wrap justify-between gap-x-4 px-4 py-2">
                <Text>{data.course ?? record.key}</Text>
                <span>
                  {data.status && valueWord(data.status)} <span className="text-muted">{data.completed_at && zonedDay(data.completed_at)}</span>
                </span>
              </li>
            )
          })}
        </ul>
      )}
    </Section>
  )
}
