import type { ReactNode } from 'react'

/** A name with what it means, and beside it the value. */
export function Fact({ name, about, children }: { name: ReactNode; about?: ReactNode; children: ReactNode }) {
  return (
    <div className="grid gap-x-6 gap-y-1 px-4 py-3 compact:py-1.5 md:grid-cols-[minmax(0,1fr)_minmax(0,1fr)]">
      <dt className="min-w-0">
        <span className="text-sm font-medium">{name}</span>
        {about && <span className="block text-sm text-muted">{about}</span>}
      </dt>
      <dd className="min-w-0 text-sm">{children}</dd>
    </div>
  )
}
