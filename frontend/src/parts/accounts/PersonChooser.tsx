import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useId, useState } from 'react'
import { keys } from '@/api/keys'
import { listPeople, type Person, type PersonRef } from '@/api/people'
import { TextInput } from '@/ui/Field'
import { Text } from '@/ui/Text'
import { useDebounced } from '@/ui/useDebounced'
import { t } from '@/words'
import { personName } from './names'
import { PersonStatusChip } from './PersonName'

/** So many persons are offered at once; typing finds the others. */
const offered = 8

export type Chosen = Pick<PersonRef, 'id' | 'name' | 'email' | 'status'>

interface Props {
  value: Chosen | undefined
  onChange: (person: Chosen | undefined) => void
  /** Persons to choose from before anything is typed. */
  first?: PersonRef[]
  /** That it is nobody can be chosen too. */
  nobody?: boolean
}

/** Finds a person by a part of the name, the address, the title or the department. */
export function PersonChooser({ value, onChange, first = [], nobody = false }: Props) {
  const id = useId()
  const [text, setText] = useState('')
  const q = useDebounced(text.trim(), 150)
  const query = useQuery({
    queryKey: keys.peopleList({ q, limit: offered }, 0),
    queryFn: ({ signal }) => listPeople(q ? { q } : {}, 0, signal, offered),
    placeholderData: keepPreviousData,
  })
  const found: Chosen[] = q === '' && first.length > 0 ? first : (query.data?.items ?? [])
  const shown = value && !found.some((person) => person.id === value.id) ? [value, ...found] : found
  return (
    <div>
      <label htmlFor={`${id}-q`} className="text-sm font-medium text-text">
        {t('accounts.chooser.label')}
      </label>
      <TextInput
        id={`${id}-q`}
        type="search"
        data-first
        className="mt-1.5"
        placeholder={t('accounts.chooser.search')}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <fieldset className="mt-2 max-h-64 overflow-y-auto rounded-md border border-line">
        <legend className="sr-only">{t('accounts.chooser.results')}</legend>
        {nobody && <Option name={id} title={t('accounts.chooser.nobody')} checked={value === undefined} onChoose={() => onChange(undefined)} />}
        {shown.map((person) => (
          <Option
            key={person.id}
            name={id}
            title={personName(person)}
            about={aboutOf(person)}
            status={person.status}
            checked={value?.id === person.id}
            onChoose={() => onChange(person)}
          />
        ))}
        <p role="status" className="px-3 py-2 text-sm empty:hidden">
          {said(query, shown.length)}
        </p>
      </fieldset>
    </div>
  )
}

function said(query: { isPending: boolean; isError: boolean }, shown: number): string {
  if (query.isError) return t('accounts.chooser.failed')
  if (query.isPending) return t('accounts.chooser.loading')
  return shown === 0 ? t('accounts.chooser.none') : ''
}

const aboutOf = (person: Chosen & Partial<Person>) => [person.name ? person.email : '', person.title, person.department].filter(Boolean).join(' · ')

interface OptionProps {
  name: string
  title: string
  about?: string
  status?: PersonRef['status']
  checked: boolean
  onChoose: () => void
}

function Option({ name, title, about, status, checked, onChoose }: OptionProps) {
  return (
    <label className="flex min-h-10 cursor-pointer items-center gap-3 px-3 py-1.5 hover:bg-hover has-[:checked]:bg-accent-soft">
      <input type="radio" name={name} checked={checked} onChange={onChoose} className="size-4 shrink-0 accent-(--accent-solid)" />
      <span className="min-w-0 flex-1">
        <span className="block truncate text-sm font-medium text-text">
          <Text>{title}</Text>
        </span>
        {about && (
          <span className="block truncate text-xs text-muted">
            <Text>{about}</Text>
          </span>
        )}
      </span>
      {status && <PersonStatusChip status={status} />}
    </label>
  )
}
