import { Plus } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import type { Choices, ChoiceTarget } from '@/api/types'
import { Button, IconButton } from '@/ui/Button'
import { Chip } from '@/ui/Chip'
import { FieldNotes, Select } from '@/ui/Field'
import { Text } from '@/ui/Text'
import { visible } from '@/lib/visible'
import { t } from '@/words'
import { inputId } from './inputId'
import type { ChooserProps } from './KeyColumns'
import { assign, mappingOf, previewOf, withoutLine, withSuggestions, type MappedColumn, type Mapping } from './mapping'

/** The columns of a table and the fields that they go to, with a preview of the first rows. */
export function MappingTable({ field, choices, value, error, onChange, onFocus }: ChooserProps) {
  const id = inputId(field.path)
  const mapping = mappingOf(choices, value)
  const suggestions = mapping.columns.filter((c) => c.suggested).length
  const unmapped = mapping.columns.filter((c) => c.fields.length === 0 && !c.byHeader)
  useFirstSuggestions(choices, value, onChange)
  return (
    <fieldset className="min-w-0" onFocus={onFocus} aria-describedby={`${id}-about ${id}-error`} data-mapping>
      <legend className="text-sm font-medium">
        <Text>{field.title}</Text> <span className="text-xs font-normal text-faint">{t('connect.optional')}</span>
      </legend>
      {suggestions > 0 && (
        <p className="mt-1.5 flex flex-wrap items-center gap-2 text-sm text-muted">
          {t('connect.mapping.suggestions', { count: suggestions })}
          <Button size="sm" onClick={() => onChange(withSuggestions(choices, value))}>
            {t('connect.mapping.use_all', { count: suggestions })}
          </Button>
        </p>
      )}
      <div className="mt-1.5 max-h-[28rem] overflow-auto rounded-md border border-control bg-panel" tabIndex={0} role="group" aria-label={t('connect.mapping.table')}>
        <table className="w-full text-sm">
          <thead className="sticky top-0 z-1 bg-panel text-xs shadow-[0_1px_0_var(--line)]">
            <tr>
              <th scope="col" className="h-8 px-2.5">
                {t('connect.mapping.column')}
              </th>
              <th scope="col" className="hidden pr-2.5 lg:table-cell">
                {t('connect.mapping.values')}
              </th>
              <th scope="col" className="w-40 pr-2.5 sm:w-52">
                {t('connect.mapping.field')}
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {mapping.columns.map((column, i) => (
              <Row
                key={column.column}
                {...(i === 0 && { firstId: id })}
                column={column}
                targets={choices.targets}
                onFields={(fields) => onChange(assign(choices, value, column.column, fields))}
              />
            ))}
          </tbody>
        </table>
      </div>
      {mapping.stray.map((line) => (
        <p key={line} className="mt-1.5 flex flex-wrap items-center gap-2 text-sm text-warn">
          <span>
            <Text>{line}</Text>: {t('connect.mapping.stray')}
          </span>
          <Button size="sm" onClick={() => onChange(withoutLine(value, line))}>
            {t('connect.mapping.remove_line')}
          </Button>
        </p>
      ))}
      <p className="mt-1.5 text-sm text-muted" role="status">
        {unmapped.length === 0 ? t('connect.mapping.all') : t('connect.mapping.unmapped', { count: unmapped.length })}
      </p>
      <FieldNotes id={id} description={t('connect.mapping.about')} error={error} />
      <Preview choices={choices} mapping={mapping} />
    </fieldset>
  )
}

/** A setting without a line gets the suggestions for a table once; what a person takes away stays away. */
function useFirstSuggestions(choices: Choices, value: string, onChange: (value: string) => void) {
  const columns = choices.items.map((item) => item.value).join('\n')
  const offered = useRef('')
  useEffect(() => {
    if (offered.current === columns) return
    const first = offered.current === ''
    offered.current = columns
    const filled = withSuggestions(choices, '')
    if (first && value === '' && filled !== '') onChange(filled)
  }, [choices, columns, onChange, value])
}

interface RowProps {
  firstId?: string
  column: MappedColumn
  targets: readonly ChoiceTarget[]
  onFields: (fields: string[]) => void
}

function Row({ firstId, column, targets, onFields }: RowProps) {
  const [more, setMore] = useState(false)
  const shown = column.fields.length > 0 ? column.fields : ['']
  const rows = more ? [...shown, ''] : shown
  const meaning = (field: string) => targets.find((target) => target.value === field)?.description
  const put = (i: number, field: string) => {
    setMore(false)
    const next = [...shown]
    next[i] = field
    onFields(next.filter(Boolean))
  }
  return (
    <tr className="align-top" data-column={column.column}>
      <th scope="row" className="max-w-40 px-2.5 py-2 font-normal break-words">
        <Text>{column.column}</Text>
        <span className="block truncate text-xs text-faint lg:hidden">
          <Text>{column.samples.filter(Boolean).slice(0, 2).join(', ')}</Text>
        </span>
      </th>
      <td className="hidden max-w-56 truncate py-2 pr-2.5 text-xs leading-5 text-muted lg:table-cell">
        <Text>{column.samples.filter(Boolean).slice(0, 3).join(', ') || t('connect.mapping.empty')}</Text>
      </td>
      <td className="space-y-1 py-1 pr-2.5">
        {rows.map((field, i) => (
          <span key={i} className="flex items-center gap-1">
            <Select
              {...(i === 0 && firstId && { id: firstId })}
              aria-label={t('connect.mapping.field_of', { column: column.column })}
              value={field}
              onChange={(event) => put(i, event.target.value)}
            >
              <option value="">{column.byHeader && i === 0 ? t('connect.mapping.by_header', { field: titleOf(targets, column.byHeader) }) : t('connect.mapping.none')}</option>
              {targets.map((target) => (
                <option key={target.value} value={target.value}>
                  {visible(target.title)}
                </option>
              ))}
            </Select>
            {i === 0 && column.fields.length > 0 && !more && (
              <IconButton label={t('connect.mapping.another', { column: column.column })} onClick={() => setMore(true)}>
                <Plus size={14} aria-hidden />
              </IconButton>
            )}
          </span>
        ))}
        {column.suggested && (
          <button type="button" onClick={() => onFields([column.suggested])} className="min-h-6 rounded text-left">
            <Chip tone="info">{t('connect.use', { title: titleOf(targets, column.suggested) })}</Chip>
          </button>
        )}
        {(column.fields[0] || column.byHeader) && (
          <span className="block text-xs text-faint">
            <Text>{meaning(column.fields[0] || column.byHeader) ?? ''}</Text>
          </span>
        )}
      </td>
    </tr>
  )
}

const titleOf = (targets: readonly ChoiceTarget[], field: string) => targets.find((target) => target.value === field)?.title ?? field

/** The first rows as the fields would get them, before words and dates are read. */
function Preview({ choices, mapping }: { choices: Choices; mapping: Mapping }) {
  const { titles, rows } = previewOf(choices, mapping)
  if (titles.length === 0 || rows.length === 0) return null
  return (
    <div className="mt-3">
      <h3 className="text-sm font-medium">{t('connect.mapping.preview')}</h3>
      <div className="mt-1.5 overflow-x-auto rounded-md border border-line bg-panel" tabIndex={0} role="group" aria-label={t('connect.mapping.preview')}>
        <table className="w-full text-xs">
          <thead>
            <tr className="border-b border-line">
              {titles.map((title) => (
                <th key={title} scope="col" className="h-7 px-2.5 font-medium whitespace-nowrap">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {rows.map((row, i) => (
              <tr key={i}>
                {row.map((cell, at) => (
                  <td key={at} className="max-w-48 truncate px-2.5 py-1">
                    {cell ? <Text>{cell}</Text> : <span className="text-faint">–</span>}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p className="mt-1.5 text-sm text-faint">{t('connect.mapping.preview_about')}</p>
    </div>
  )
}
