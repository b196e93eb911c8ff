import type { FieldValue } from '@/api/records'
import { isTold } from '@/lib/record'
import { visible } from '@/lib/visible'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { Value } from './Value'

interface Props {
  fields: FieldValue[]
  /** What the system is called. */
  system: string
  /** Say what each field means. */
  meanings: boolean
}

/** Every field that the system tells; those that it does not tell are named once. */
export function Fields({ fields, system, meanings }: Props) {
  const told = fields.filter((f) => f.known && isTold(f.value))
  const untold = fields.filter((f) => !told.includes(f))
  return (
    <>
      <dl className="divide-y divide-line">
        {told.map((field) => (
          <div key={field.name} className="grid gap-x-4 gap-y-0.5 py-2 @md:grid-cols-[minmax(8rem,11rem)_1fr]" data-field={field.name}>
            <dt className="text-muted">
              <Text>{field.title}</Text>
            </dt>
            <dd className="min-w-0">
              <Value value={field.value} type={field.type} unit={field.unit} />
              {meanings && field.doc && (
                <p className="mt-0.5 text-xs text-muted">
                  <Text>{field.doc}</Text>
                </p>
              )}
            </dd>
          </div>
        ))}
      </dl>
      {told.length === 0 && <p className="py-2 text-muted">{t('record.nothingTold', { system: visible(system, 200) })}</p>}
      {told.length > 0 && untold.length > 0 && (
        <p className="border-t border-line pt-2 text-muted" data-untold>
          {t('record.untold', { system: visible(system, 200), fields: untold.map((f) => visible(f.title, 100)).join(', ') })}
        </p>
      )}
    </>
  )
}
