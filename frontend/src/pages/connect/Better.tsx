import type { Field } from '@/lib/schemaForm'
import { Button } from '@/ui/Button'
import { t } from '@/words'
import type { ConnectionForm } from './useConnectionForm'

/** Choices that fit what was found better than those that are made, beside the field that was read; their own fields may be folded away. */
export function Betters({ form }: { form: ConnectionForm }) {
  return form.fields
    .filter((field) => field.kind === 'enum')
    .map((field) => {
      const value = form.offers.of(field.name)?.items[0]?.value ?? ''
      return <Better key={field.path} field={field} value={value} current={form.values[field.path]} onUse={() => form.setValue(field.path, value)} />
    })
}

function Better({ field, value, current, onUse }: { field: Field; value: string; current: unknown; onUse: () => void }) {
  const title = field.options.find((o) => o.value === value)?.title
  if (!title || value === current) return null
  return (
    <p role="status" className="flex flex-wrap items-center gap-2 rounded-md bg-warn-soft px-3 py-2 text-sm">
      <span className="min-w-0 flex-1 basis-48">{t('connect.better', { field: field.title, title })}</span>
      <Button size="sm" onClick={onUse}>
        {t('connect.use', { title })}
      </Button>
    </p>
  )
}
