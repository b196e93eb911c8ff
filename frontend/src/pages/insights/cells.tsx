import { Link } from 'wouter'

export const th = 'h-8 px-3 text-xs font-medium text-muted whitespace-nowrap'
export const td = 'h-9 px-3 compact:h-7'

const short = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' })

/** A day without its year: "30 Jun". */
export const dayTitle = (day: string) => short.format(new Date(`${day}T00:00:00Z`))

/** A number that opens the list behind it. One that has none behind it is just a number. */
export function NumberLink({ text, to, label, none = false }: { text: string; to: string; label: string; none?: boolean }) {
  if (none) return <span className="tabular text-faint">{text}</span>
  return (
    <Link href={to} aria-label={label} className="tabular inline-block min-w-6 rounded py-0.5 underline decoration-line-strong underline-offset-2 hover:decoration-current">
      {text}
    </Link>
  )
}
