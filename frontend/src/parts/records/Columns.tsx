import { Columns3 } from 'lucide-react'
import type { Field } from '@/api/types'
import { Button } from '@/ui/Button'
import { Checkbox } from '@/ui/Field'
import { Popover } from '@/ui/Popover'
import { useKept } from '@/ui/useKept'
import { t } from '@/words'
import { columnFields, columnsOf, fieldTitle } from './conditions'

/** The columns that a person chose for lists of a kind; none while they chose none. */
export function useColumns(kind: string): [string[], (names: string[]) => void] {
  const [kept, keep] = useKept(`columns.${kind}`)
  return [kept === '' ? [] : kept.split(','), (names) => keep(names.join(','))]
}

/** Chooses the columns of lists of a kind. The name and the time stay. */
export function Columns({ kind, fields }: { kind: string; fields: Field[] }) {
  const [chosen, choose] = useColumns(kind)
  const shown = columnsOf(fields, '', chosen).map((f) => f.name)
  const toggle = (name: string) => {
    const next = shown.includes(name) ? shown.filter((n) => n !== name) : [...shown, name]
    if (next.length > 0) choose(next)
  }
  return (
    <Popover
      title={t('record.columns')}
      trigger={
        <Button icon={<Columns3 size={14} aria-hidden />}>{t('record.columns')}</Button>
      }
    >
      <ul>
        {columnFields(fields).map((field) => (
          <li key={field.name}>
            <label className="flex min-h-7 items-center gap-2 rounded px-1 text-sm hover:bg-hover">
              <Checkbox
                checked={shown.includes(field.name)}
                disabled={shown.length === 1 && shown.includes(field.name)}
                onChange={() => toggle(field.name)}
              />
              {fieldTitle(field.name)}
            </label>
          </li>
        ))}
      </ul>
      <div className="mt-2 border-t border-line pt-2 text-right">
        <Button size="sm" look="ghost" disabled={chosen.length === 0} onClick={() => choose([])}>
          {t('record.usualColumns')}
        </Button>
      </div>
    </Popover>
  )
}
