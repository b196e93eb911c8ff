import { Plus, X } from 'lucide-react'
import { useEffect, useState, type ReactNode } from 'react'
import type { Field } from '@/api/types'
import { visible } from '@/lib/visible'
import { Button } from '@/ui/Button'
import { Select, TextInput } from '@/ui/Field'
import { SearchBox } from '@/ui/SearchBox'
import { Text } from '@/ui/Text'
import { useDebounced } from '@/ui/useDebounced'
import { t } from '@/words'
import { AsOf } from './AsOf'
import { fieldTitle, inWords, operatorsOf } from './conditions'
import type { ListState } from './listState'

interface Props {
  fields: Field[]
  list: ListState
  onChange: (change: Partial<ListState>, typing?: boolean) => void
  /** How many records there are, in words. */
  status: ReactNode
  /** More that can be done with the list. */
  children?: ReactNode
}

/** Search, conditions and the moment of a list. */
export function Filters({ fields, list, onChange, status, children }: Props) {
  const [adding, setAdding] = useState(false)
  return (
    <div className="space-y-2 border-b border-line px-4 py-3">
      <div className="flex flex-wrap items-center gap-2">
        <Search value={list.q} onChange={(q) => onChange({ q }, true)} />
        <Button icon={<Plus size={14} aria-hidden />} aria-expanded={adding} onClick={() => setAdding(!adding)}>
          {t('record.filter')}
        </Button>
        <AsOf on={list.on} onChange={(on) => onChange({ on })} />
        {children}
        <div className="text-sm sm:ml-auto">{status}</div>
      </div>
      {adding && (
        <NewCondition
          fields={fields}
          onAdd={(condition) => {
            onChange({ where: [...list.where.filter((c) => c !== condition), condition] })
            setAdding(false)
          }}
        />
      )}
      {list.where.length > 0 && (
        <ul aria-label={t('record.filters')} className="flex flex-wrap gap-1.5">
          {list.where.map((condition) => (
            <li key={condition}>
              <ConditionChip text={inWords(condition, fields)} onRemove={() => onChange({ where: list.where.filter((c) => c !== condition) })} />
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

/** Asks only when typing has paused. */
function Search({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value)
  const [shown, setShown] = useState(value)
  if (shown !== value) {
    setShown(value)
    if (value !== text.trim()) setText(value) // changed from elsewhere, e.g. by going back
  }
  const settled = useDebounced(text.trim(), 200)
  useEffect(() => {
    if (settled === text.trim() && settled !== value) onChange(settled)
  }, [onChange, settled, text, value])
  return <SearchBox label={t('record.search')} value={text} onChange={setText} />
}

function ConditionChip({ text, onRemove }: { text: string; onRemove: () => void }) {
  return (
    <span className="inline-flex h-7 items-center gap-1 rounded-full bg-accent-soft pr-1 pl-3 text-sm text-accent">
      <Text>{text}</Text>
      <button type="button" aria-label={t('record.removeFilter', { filter: visible(text, 200) })} onClick={onRemove} className="grid size-6 place-items-center rounded-full hover:bg-hover">
        <X size={13} aria-hidden />
      </button>
    </span>
  )
}

function NewCondition({ fields, onAdd }: { fields: Field[]; onAdd: (condition: string) => void }) {
  const first = fields.find((f) => f.type === 'word') ?? fields[0]
  const [name, setName] = useState(first?.name ?? '')
  const field = fields.find((f) => f.name === name) ?? first
  const operators = field ? operatorsOf(field) : []
  const [place, setPlace] = useState('0')
  const operator = operators[Number(place)] ?? operators[0]
  const [typed, setTyped] = useState('')
  if (!field || !operator) return null
  const value = field.type === 'word' ? (field.words?.includes(typed) ? typed : (field.words?.[0] ?? '')) : typed.trim()
  return (
    <form
      aria-label={t('record.newFilter')}
      className="flex flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        if (operator.alone || value) onAdd(field.name + operator.sign + (operator.alone ? '' : value))
      }}
    >
      <Select
        aria-label={t('record.field')}
        autoFocus
        value={field.name}
        onChange={(event) => {
          setName(event.target.value)
          setPlace('0')
          setTyped('')
        }}
        className="w-auto!"
      >
        {fields.map((f) => (
          <option key={f.name} value={f.name}>
            {fieldTitle(f.name)}
          </option>
        ))}
      </Select>
      <Select aria-label={t('record.comparison')} value={place} onChange={(event) => setPlace(event.target.value)} className="w-auto!">
        {operators.map((o, i) => (
          <option key={o.title} value={i}>
            {o.title}
          </option>
        ))}
      </Select>
      {!operator.alone && <Value field={field} value={field.type === 'word' ? value : typed} onChange={setTyped} />}
      <Button type="submit" look="primary" disabled={!operator.alone && !value}>
        {t('record.add')}
      </Button>
    </form>
  )
}

function Value({ field, value, onChange }: { field: Field; value: string; onChange: (value: string) => void }) {
  if (field.type === 'word') {
    return (
      <Select aria-label={t('record.value')} value={value} onChange={(event) => onChange(event.target.value)} className="w-auto!">
        {(field.words ?? []).map((word) => (
          <option key={word} value={word}>
            {word.replaceAll('_', ' ')}
          </option>
        ))}
      </Select>
    )
  }
  const type = field.type === 'time' ? 'date' : field.type === 'number' ? 'number' : 'text'
  return <TextInput aria-label={t('record.value')} type={type} step="any" value={value} onChange={(event) => onChange(event.target.value)} className="w-44!" />
}
