import { UserRoundX } from 'lucide-react'
import { Link } from 'wouter'
import type { PersonRef } from '@/api/people'
import { Chip } from '@/ui/Chip'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { personName, personPath, personTone } from './names'

/** Whether a person works for the company, where that is not the usual. */
export function PersonStatusChip({ status, always = false }: { status: PersonRef['status']; always?: boolean }) {
  if (status === 'active' && !always) return null
  return (
    <Chip tone={personTone(status)} className="h-5!" icon={status === 'left' ? <UserRoundX size={12} aria-hidden /> : undefined}>
      {t(`accounts.personStatus.${status}`)}
    </Chip>
  )
}

/** A person, by name, with the way to what is known of the person. One whom no source has any more has no page. */
export function PersonName({ person }: { person: PersonRef }) {
  const name = <Text>{personName(person)}</Text>
  return (
    <span className="inline-flex max-w-full flex-wrap items-center gap-x-2 gap-y-1" data-person={person.id}>
      {person.gone ? (
        <span className="font-medium">{name}</span>
      ) : (
        <Link href={personPath(person.id)} className="inline-flex min-h-6 min-w-0 items-center font-medium underline-offset-2 hover:underline">
          <span className="truncate">{name}</span>
        </Link>
      )}
      <PersonStatusChip status={person.status} />
    </span>
  )
}
