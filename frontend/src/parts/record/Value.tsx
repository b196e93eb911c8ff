import { useState } from 'react'
import { bytes, count } from '@/lib/numbers'
import { itemsOf, valueText } from '@/lib/record'
import { duration } from '@/lib/time'
import { Button } from '@/ui/Button'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { Moment } from './Moment'

interface Props {
  value: unknown
  type: string
  unit?: string
}

/** The value of a field, whole and in its unit. */
export function Value({ value, type, unit }: Props) {
  if (value === undefined || value === null || value === '') return <span className="text-faint">–</span>
  if (type === 'time' && typeof value === 'string' && !Number.isNaN(Date.parse(value))) {
    return <Moment at={value} />
  }
  if (type === 'number' && typeof value === 'number') return measured(value, unit)
  if (typeof value === 'object') return <Items items={itemsOf(value)} />
  const text = type === 'word' ? valueText(value).replaceAll('_', ' ') : valueText(value)
  return <Long text={text} />
}

function measured(value: number, unit: string | undefined): string {
  if (unit === 'bytes') return bytes(value)
  if (unit === 's') return duration(value)
  return unit ? `${count(value)} ${unit}` : count(value)
}

const fewItems = 12

function Items({ items }: { items: string[] }) {
  const [all, setAll] = useState(false)
  if (items.length === 0) return <span className="text-faint">{t('record.noItems')}</span>
  return (
    <>
      <ul className="space-y-0.5">
        {(all ? items : items.slice(0, fewItems)).map((item, i) => (
          <li key={i} className="break-words">
            <Text>{item}</Text>
          </li>
        ))}
      </ul>
      {items.length > fewItems && (
        <Button size="sm" look="ghost" className="-ml-2.5" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? t('record.fewer') : t('record.allItems', { count: items.length })}
        </Button>
      )}
    </>
  )
}

/** More of a text than this is asked for first. */
const long = 2_000

export function Long({ text }: { text: string }) {
  const [all, setAll] = useState(false)
  if (text.length <= long) {
    return (
      <span className="break-words whitespace-pre-wrap">
        <Text lines>{text}</Text>
      </span>
    )
  }
  return (
    <>
      <span className="break-words whitespace-pre-wrap">
        <Text lines>{all ? text : `${text.slice(0, long)}…`}</Text>
      </span>
      <Button size="sm" look="ghost" className="-ml-2.5" aria-expanded={all} onClick={() => setAll(!all)}>
        {all ? t('record.fewer') : t('record.allCharacters', { count: text.length })}
      </Button>
    </>
  )
}
