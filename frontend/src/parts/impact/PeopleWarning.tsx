import { UserRoundX } from 'lucide-react'
import type { CredentialOwner } from '@/api/types'
import { zonedDay } from '@/lib/time'
import { t } from '@/words'
import { Text } from '@/ui/Text'

/** Says that a person on whom a connection depends has left, or leaves; nothing while all stay. */
export function PeopleWarning({ people }: { people: CredentialOwner[] }) {
  return people
    .filter((person) => person.state !== 'stays')
    .map((person) => (
      <li key={`${person.connection}/${person.key}`} className="flex list-none gap-2 rounded-md bg-warn-soft px-3 py-2 text-text" data-person={person.state}>
        <UserRoundX size={16} aria-hidden className="mt-0.5 shrink-0 text-warn" />
        <span>
          <strong className="font-medium">
            <Text>{person.name || person.email}</Text> {moved(person)}
          </strong>{' '}
          <span className="text-muted">
            {t(`connection.people.${person.role}`)} {t('connection.people.says')} <Text>{person.connection}</Text>.
          </span>
        </span>
      </li>
    ))
}

function moved({ state, ended_at }: CredentialOwner): string {
  const day = ended_at ? zonedDay(ended_at) : ''
  if (state === 'leaving') return t('connection.people.leaves', { day })
  return day ? t('connection.people.leftOn', { day }) : t('connection.people.left')
}
