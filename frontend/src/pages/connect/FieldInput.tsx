import type { SecretInfo } from '@/api/types'
import type { Field, Value } from '@/lib/schemaForm'
import { dateOnly } from '@/lib/time'
import { visible } from '@/lib/visible'
import { statement } from '@/lib/words'
import { Checkbox, describe, FieldFrame, FieldNotes, Select, TextArea, TextInput } from '@/ui/Field'
import { Markdown } from '@/ui/Markdown'
import { Sentence, Text } from '@/ui/Text'
import { useNow } from '@/ui/useNow'
import { inputId } from './inputId'

interface Props {
  field: Field
  value: Value
  error: string | undefined
  stored: SecretInfo | undefined
  onChange: (value: Value) => void
  onFocus: () => void
}

export function FieldInput({ field, value, error, stored, onChange, onFocus }: Props) {
  const id = inputId(field.path)
  const said = error ? <Sentence>{statement(error)}</Sentence> : ''
  const description = <About field={field} stored={stored} />
  const shared = { ...describe({ id, description, ...(error && { error }) }), name: field.path, onFocus }

  if (field.kind === 'boolean') {
    return (
      <div>
        <label htmlFor={id} className="flex items-center gap-2 text-sm font-medium">
          <Checkbox {...shared} checked={value === true} onChange={(event) => onChange(event.target.checked)} />
          <Text>{field.title}</Text>
        </label>
        <FieldNotes id={id} description={description} error={said} />
      </div>
    )
  }
  const text = typeof value === 'string' ? value : ''
  return (
    <FieldFrame id={id} label={<Text>{field.title}</Text>} required={field.required} description={description} error={said}>
      <Control field={field} text={text} shared={{ ...shared, 'aria-required': field.required }} stored={stored} onChange={onChange} />
    </FieldFrame>
  )
}

interface ControlProps {
  field: Field
  text: string
  shared: ReturnType<typeof describe> & { name: string; onFocus: () => void; 'aria-required': boolean }
  stored: SecretInfo | undefined
  onChange: (value: string) => void
}

function Control({ field, text, shared, stored, onChange }: ControlProps) {
  const common = {
    ...shared,
    value: text,
    placeholder: stored ? '••••••••••••' : visible(field.placeholder),
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  }
  switch (field.kind) {
    case 'enum':
      return (
        <Select {...common}>
          {(!field.required || text === '') && <option value="">{field.required ? 'Choose one' : 'Not set'}</option>}
          {field.options.map((option) => (
            <option key={option.value} value={option.value}>
              {visible(option.title)}
            </option>
          ))}
        </Select>
      )
    case 'secret':
      return <TextInput {...common} type="password" autoComplete="new-password" />
    case 'secret_lines':
      return <TextArea {...common} className={text ? 'masked font-mono' : 'font-mono'} />
    case 'multiline':
      return <TextArea {...common} />
    case 'list':
      return <TextArea {...common} rows={3} />
    case 'integer':
    case 'number':
      return <TextInput {...common} inputMode={field.kind === 'integer' ? 'numeric' : 'decimal'} className="tabular" />
    case 'url':
      return <TextInput {...common} inputMode="url" />
    case 'file':
      return <TextInput {...common} className="font-mono" />
    case 'text':
    case 'boolean':
      return <TextInput {...common} />
  }
}

function About({ field, stored }: { field: Field; stored: SecretInfo | undefined }) {
  const now = useNow()
  const extra = [
    field.kind === 'list' && !/per line/i.test(field.description) && 'One per line.',
    field.path.startsWith('secrets.') &&
      (stored ? `Set on ${dateOnly(stored.set_at, now)}. Leave it empty to keep it.` : 'Stored sealed, never shown again.'),
    range(field),
  ].filter((line) => typeof line === 'string' && line !== '')
  if (!field.description && extra.length === 0) return null
  return (
    <>
      {field.description && <Markdown source={field.description} />}
      {extra.length > 0 && <p className="text-faint">{extra.join(' ')}</p>}
    </>
  )
}

function range({ min, max }: Field): string {
  if (min !== undefined && max !== undefined) return `From ${min} to ${max}.`
  if (min !== undefined) return `${min} or more.`
  return max === undefined ? '' : `${max} or less.`
}
