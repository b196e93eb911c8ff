import type { SecretInfo } from '@/api/types'
import type { Field, Value } from '@/lib/schemaForm'
import { dateOnly } from '@/lib/time'
import { visible } from '@/lib/visible'
import { actorWords } from '@/lib/words'
import { Checkbox, describe, FieldFrame, FieldNotes, Select, TextArea, TextInput } from '@/ui/Field'
import { Markdown } from '@/ui/Markdown'
import { Sentence, Text } from '@/ui/Text'
import { useNow } from '@/ui/useNow'
import { t } from '@/words'
import { FileChooser } from './FileChooser'
import { inputId } from './inputId'
import { KeyColumns } from './KeyColumns'
import { MappingTable } from './MappingTable'
import type { Offers } from './useChoices'

interface Props {
  field: Field
  value: Value
  error: string | undefined
  stored: SecretInfo | undefined
  /** What the connector found that settings can be filled with. */
  offers: Offers
  onChange: (value: Value) => void
  onFocus: () => void
}

export function FieldInput({ field, value, error, stored, offers, onChange, onFocus }: Props) {
  const id = inputId(field.path)
  const said = error ? <Sentence>{error}</Sentence> : ''
  const description = <About field={field} stored={stored} />
  const shared = { ...describe({ id, description, ...(error && { error }) }), name: field.path, onFocus }

  if (field.kind === 'boolean') {
    return (
      <div>
        <label htmlFor={id} className="flex min-h-6 items-center gap-2 text-sm font-medium">
          <Checkbox {...shared} checked={value === true} onChange={(event) => onChange(event.target.checked)} />
          <Text>{field.title}</Text>
        </label>
        <FieldNotes id={id} description={description} error={said} />
      </div>
    )
  }
  const text = typeof value === 'string' ? value : ''
  const choices = offers.of(field.name)
  if (field.kind === 'list' && choices && choices.items.length > 0) {
    const Chooser = choices.targets.length > 0 ? MappingTable : KeyColumns
    return <Chooser field={field} choices={choices} value={text} error={said} onChange={onChange} onFocus={onFocus} />
  }
  if (field.offered && offers.able && !choices && text === '' && !error) {
    return (
      <div>
        <p id={id} tabIndex={-1} className="text-sm font-medium">
          <Text>{field.title}</Text>
        </p>
        <p className="mt-1.5 rounded-md border border-dashed border-control px-3 py-2.5 text-sm text-muted">{t('connect.offered')}</p>
      </div>
    )
  }
  return (
    <FieldFrame id={id} label={<Text>{field.title}</Text>} required={field.required} description={description} error={said}>
      <Control field={field} text={text} shared={{ ...shared, 'aria-required': field.required }} stored={stored} onChange={onChange} />
      {field.kind === 'file' && <Found offers={offers} name={field.name} shown={!error} />}
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
    placeholder: stored ? '••••••••••••' : field.placeholder.split('\n').map((line) => visible(line)).join('\n'),
    onChange: (event: { target: { value: string } }) => onChange(event.target.value),
  }
  switch (field.kind) {
    case 'enum':
      return (
        <Select {...common}>
          {(!field.required || text === '') && <option value="">{field.required ? t('connect.choose') : t('connect.not_set')}</option>}
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
      return (
        <div className="flex gap-2">
          <TextInput {...common} className="min-w-0 flex-1 font-mono" />
          <FileChooser title={field.title} path={text} onChoose={onChange} />
        </div>
      )
    case 'text':
    case 'boolean':
      return <TextInput {...common} />
  }
}

/** What there is at the path that was entered, as soon as it is known. */
function Found({ offers, name, shown }: { offers: Offers; name: string; shown: boolean }) {
  const blamed = offers.problem && (offers.blamed === name || offers.blamed === '')
  return (
    <p role="status" className="mt-1.5 text-sm text-muted">
      {offers.state === 'reading' && t('connect.file.reading')}
      {offers.state === 'known' && <Sentence>{offers.message}</Sentence>}
      {shown && offers.state === 'failed' && blamed && (
        <span className="text-bad">
          <Sentence>{offers.problem?.message}</Sentence>
        </span>
      )}
    </p>
  )
}

function About({ field, stored }: { field: Field; stored: SecretInfo | undefined }) {
  const extra = [field.kind === 'list' && !/per line/i.test(field.description) && t('connect.one_per_line'), range(field)].filter(
    (line) => typeof line === 'string' && line !== '',
  )
  const secret = field.path.startsWith('secrets.')
  if (!field.description && extra.length === 0 && !secret) return null
  return (
    <>
      {field.description && <Markdown source={field.description} />}
      {secret && <SecretNote stored={stored} />}
      {extra.length > 0 && <p className="text-faint">{extra.join(' ')}</p>}
    </>
  )
}

/** When and by whom a secret was set. Its value is never shown. */
function SecretNote({ stored }: { stored: SecretInfo | undefined }) {
  const now = useNow()
  if (!stored) return <p className="text-faint">{t('connect.secret.new')}</p>
  const date = dateOnly(stored.set_at, now)
  const days = Math.max(0, Math.floor((now - Date.parse(stored.set_at)) / 86_400_000))
  return (
    <p className="text-faint">
      {stored.set_by ? t('connect.secret.set_by', { date, who: actorWords(stored.set_by) }) : t('connect.secret.set', { date })} ({days === 0 ? t('connect.secret.today') : t('connect.secret.age', { count: days })}
      ). {t('connect.secret.keep')}
    </p>
  )
}

function range({ min, max }: Field): string {
  if (min !== undefined && max !== undefined) return t('connect.range.both', { min, max })
  if (min !== undefined) return t('connect.range.min', { min })
  return max === undefined ? '' : t('connect.range.max', { max })
}
