import { useId, type ReactNode } from 'react'

/** A part of what is known of an account, with its heading. */
export function Part({ title, aside, children }: { title: string; aside?: ReactNode; children: ReactNode }) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="mb-5 text-sm">
      <div className="mb-1 flex min-h-7 items-center justify-between gap-2">
        <h3 id={id} className="text-sm font-semibold">
          {title}
        </h3>
        {aside}
      </div>
      {children}
    </section>
  )
}

export function Fact({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <div className="grid grid-cols-[minmax(6.5rem,9rem)_1fr_auto] items-baseline gap-x-3 py-1.5">
      <dt className="text-muted">{title}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
      {action && <dd>{action}</dd>}
    </div>
  )
}
