import { Link } from 'wouter'
import { requirementStates, type Counts, type RequirementState } from '@/api/assurance'
import { count } from '@/lib/numbers'
import type { Tone } from '@/lib/words'
import { t } from '@/words'
import { controlSigns } from './State'

const fills: Record<Tone, string> = { ok: 'bg-ok-solid', bad: 'bg-bad-solid', warn: 'bg-warn-solid', info: 'bg-accent-solid', quiet: 'bg-quiet-solid' }
const colours: Record<Tone, string> = { ok: 'text-ok', bad: 'text-bad', warn: 'text-warn', info: 'text-accent', quiet: 'text-muted' }

interface Props {
  label: string
  counts: Counts
  to: (state: RequirementState) => string
}

/** How many are in each state: as a bar for the eye, and as a list of links that says the same. */
export function StateBar({ label, counts, to }: Props) {
  const shown = requirementStates.filter((state) => counts[state] > 0)
  return (
    <div className="mt-2">
      <div aria-hidden className="flex h-2 gap-px overflow-hidden rounded-full bg-sunken forced-color-adjust-none">
        {shown.map((state) => (
          <span key={state} className={fills[controlSigns[state].tone]} style={{ flexGrow: counts[state] }} />
        ))}
      </div>
      <ul aria-label={label} className="mt-1.5 flex flex-wrap gap-x-4 text-sm">
        {shown.map((state) => {
          const { Icon, tone } = controlSigns[state]
          return (
            <li key={state}>
              <Link href={to(state)} className="inline-flex min-h-6 items-center gap-1.5 rounded hover:underline">
                <Icon size={14} aria-hidden className={colours[tone]} />
                {t(`controls.state.${state}`)} <span className="tabular text-muted">{count(counts[state])}</span>
              </Link>
            </li>
          )
        })}
      </ul>
    </div>
  )
}
