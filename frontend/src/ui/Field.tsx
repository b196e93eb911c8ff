import type { ComponentProps, ReactNode } from 'react'
import { t } from '@/words'
import { cx } from './cx'

const box =
  'w-full rounded-md border border-control bg-panel px-2.5 text-sm placeholder:text-faint aria-[invalid=true]:border-bad focus-visible:outline-offset-0'

export interface FieldProps {
  id: string
  label: ReactNode
  required?: boolean
  description?: ReactNode
  error?: ReactNode
}

/** What an input needs to point at its description and its error. */
export function describe({ id, description, error }: Pick<FieldProps, 'id' | 'description' | 'error'>) {
  const ids = [description ? `${id}-about` : '', error ? `${id}-error` : ''].filter(Boolean)
  return { id, 'aria-describedby': ids.join(' ') || undefined, 'aria-invalid': error ? true : undefined }
}

export function FieldFrame({ id, label, required = false, description, error, children }: FieldProps & { children: ReactNode }) {
  return (
    <div>
      <label htmlFor={id} className="flex items-baseline gap-2 text-sm font-medium">
        {label}
        {!required && <span className="text-xs font-normal text-faint">{t('ui.optional')}</span>}
      </label>
      <div className="mt-1.5">{children}</div>
      <FieldNotes id={id} description={description} error={error} />
    </div>
  )
}

export function FieldNotes({ id, description, error }: Pick<FieldProps, 'id' | 'description' | 'error'>) {
  return (
    <>
      {error && (
        <p id={`${id}-error`} className="mt-1.5 text-sm text-bad">
          {error}
        </p>
      )}
      {description && (
        <div id={`${id}-about`} className="mt-1.5 text-sm text-muted">
          {description}
        </div>
      )}
    </>
  )
}

export const TextInput = ({ className, ...rest }: ComponentProps<'input'>) => (
  <input autoComplete="off" spellCheck={false} {...rest} className={cx(box, 'h-8', className)} />
)

export const TextArea = ({ className, ...rest }: ComponentProps<'textarea'>) => (
  <textarea autoComplete="off" spellCheck={false} rows={4} {...rest} className={cx(box, 'py-1.5', className)} />
)

export const Select = ({ className, ...rest }: ComponentProps<'select'>) => <select {...rest} className={cx(box, 'h-8', className)} />

export const Checkbox = (props: Omit<ComponentProps<'input'>, 'type' | 'className'>) => (
  <input {...props} type="checkbox" className="size-4 shrink-0 accent-(--accent-solid)" />
)
