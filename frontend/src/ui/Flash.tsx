import { useState, type ReactNode } from 'react'

/** Marks once what changed while it was in sight. The mark is of no colour of its own and is not drawn with reduced motion. */
export function Flash({ of, children, className }: { of: string; children: ReactNode; className?: string }) {
  const [seen, setSeen] = useState({ value: of, times: 0 })
  if (seen.value !== of) setSeen({ value: of, times: seen.times + 1 })
  return (
    <div key={seen.times} className={[seen.times > 0 && 'flash', className].filter(Boolean).join(' ')}>
      {children}
    </div>
  )
}
