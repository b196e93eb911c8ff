import type { ReactNode } from 'react'
import type { Choices } from '@/api/types'
import type { Field } from '@/lib/schemaForm'
import { Checkbox, FieldNotes } from '@/ui/Field'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { inputId } from './inputId'
import { linesOf } from './mapping'

export interface ChooserProps {
  field: Field
  choices: Choices
  value: string
  error: ReactNode
  onChange: (value: string) => void
  onFocus: () => void
}

/** A setting that is a list of what there is: each a box to tick, with its first values. */
export function KeyColumns({ field, choices, value, error, onChange, onFocus }: ChooserProps) {
  const id = inputId(field.path)
  const chosen = linesOf(value)
  const stray = chosen.filter((line) => !choices.items.some((item) => item.value === line))
  const set = (column: string, on: boolean) => onChange((on ? [...chosen, column] : chosen.filter((c) => c !== column)).join('\n'))
  return (
    <fieldset className="min-w-0" onFocus={onFocus} aria-describedby={`${id}-about ${id}-error`}>
      <legend className="text-sm font-medium">
        <Text>{field.title}</Text>
      </legend>
      <ul className="mt-1.5 max-h-60 divide-y divide-line overflow-y-auto rounded-md border border-control bg-panel">
        {[...choices.items, ...stray.map((name) => ({ value: name, samples: [] as string[] }))].map((item, i) => (
          <li key={item.value}>
            <label className="flex min-h-8 items-center gap-2.5 px-2.5 text-sm">
              <Checkbox
                {...(i === 0 && { id, 'aria-invalid': error ? true : undefined })}
                checked={chosen.includes(item.value)}
                onChange={(event) => set(item.value, event.target.checked)}
              />
              <span className="min-w-0 flex-1 truncate">
                <Text>{item.value}</Text>
              </span>
              <span className="max-w-[50%] truncate text-xs text-faint">
                {stray.includes(item.value) ? t('connect.mapping.not_there') : <Text>{item.samples.filter(Boolean).slice(0, 3).join(', ')}</Text>}
              </span>
            </label>
          </li>
        ))}
      </ul>
      <FieldNotes id={id} description={t('connect.mapping.key_about')} error={error} />
    </fieldset>
  )
}
