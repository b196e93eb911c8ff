import { Link } from 'wouter'
import type { PersonDetail } from '@/api/people'
import { recordPath } from '@/lib/paths'
import { zonedDay } from '@/lib/time'
import { personName, personPath } from '@/parts/accounts/names'
import { card } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { usePerson } from './queries'

type Field = NonNullable<PersonDetail['fields']>[number]

const statuses = ['active', 'joining', 'leaving', 'left', 'unknown'] as const

/** Each field of a person with the source that gave it, and what other sources say. */
export function FieldTable({ person }: { person: PersonDetail }) {
  const fields = person.fields ?? []
  const others = fields.some((field) => field.others?.length)
  return (
    <dl className={`${card} divide-y divide-line text-sm`}>
      {fields.map((field) => (
        <div key={field.field} className="grid gap-x-4 px-4 py-2 sm:grid-cols-[9rem_1fr_12rem]" data-field={field.field}>
          <dt className="text-muted">{t(`people.fields.${field.field}`)}</dt>
          <dd className="min-w-0 break-words">
            <Value field={field} person={person} />
            {others && field.others?.map((other) => (
              <span key={`${other.alias} ${other.value}`} className="block text-xs text-muted">
                <Text>{`${other.alias}: ${said(field.field, other.value)}`}</Text>
              </span>
            ))}
          </dd>
          <dd className="text-muted sm:text-right">
            {field.source && (
              <Link
                href={recordPath({ connection: field.source.alias, stream: field.source.stream, key: field.source.key })}
                className="inline-flex min-h-6 items-center underline-offset-2 hover:text-text hover:underline"
              >
                <Text>{field.source.alias}</Text>
              </Link>
            )}
          </dd>
        </div>
      ))}
    </dl>
  )
}

function Value({ field, person }: { field: Field; person: PersonDetail }) {
  if (field.value === '') return <span className="text-faint">{t('people.person.notTold')}</span>
  if (field.field === 'manager' && person.manager_id) {
    return <Manager id={person.manager_id} called={field.value} />
  }
  return <Text>{said(field.field, field.value)}</Text>
}

/** The manager by name; as the source calls the manager until the name is there. */
function Manager({ id, called }: { id: string; called: string }) {
  const { data } = usePerson(id)
  return (
    <Link href={personPath(id)} className="inline-flex min-h-6 items-center underline underline-offset-2">
      <Text>{data ? personName(data) : called}</Text>
    </Link>
  )
}

function said(field: Field['field'], value: string): string {
  if (field === 'started_at' || field === 'ended_at') return zonedDay(value)
  const status = field === 'status' && statuses.find((one) => one === value)
  return status ? t(`accounts.personStatus.${status}`) : value
}
