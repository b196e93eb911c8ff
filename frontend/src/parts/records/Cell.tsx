import type { Field, HostRecord } from '@/api/types'
import { fieldText } from '@/lib/record'
import { DevelopmentMark } from '@/parts/TrustChip'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'

/** A document may hold a megabyte in one field; a cell shows its beginning, and the record's own page the whole. */
const cellLength = 200

const shortened = (text: string) => (text.length > cellLength ? `${text.slice(0, cellLength)}…` : text)

interface Props {
  record: HostRecord
  field: Field
}

export function Cell({ record, field }: Props) {
  if (field.name === 'key') {
    return (
      <span className="font-mono text-xs">
        <Text>{shortened(record.key)}</Text>
      </span>
    )
  }
  const text = fieldText(record.data, field.name)
  if (field.type === 'time') return <Time at={text === '–' ? null : text} />
  if (text === '–') return <span className="text-faint">{field.type === 'word' ? t('record.unknown') : '–'}</span>
  if (field.type !== 'word') return <Text>{shortened(text)}</Text>
  return text === 'unknown' ? <span className="text-faint">{t('record.unknown')}</span> : <Text>{text.replaceAll('_', ' ')}</Text>
}

/** When this version was stored, and the mark of a program in development. */
export function Observed({ record }: { record: HostRecord }) {
  return (
    <span className="text-muted">
      <DevelopmentMark trust={record.connector_trust} /> <Time at={record.observed_at} />
    </span>
  )
}
