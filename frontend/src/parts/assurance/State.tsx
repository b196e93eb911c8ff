import { CircleCheck, CircleHelp, CircleMinus, CircleSlash, CircleX, Clock, FileClock, FileQuestionMark, FileX, type LucideIcon } from 'lucide-react'
import type { EvidenceState, RequirementState } from '@/api/assurance'
import type { Tone } from '@/lib/words'
import { Chip } from '@/ui/Chip'
import { t } from '@/words'

interface Sign {
  tone: Tone
  Icon: LucideIcon
}

/** Green is for what passes and for nothing else. */
export const controlSigns: Record<RequirementState, Sign> = {
  passing: { tone: 'ok', Icon: CircleCheck },
  failing: { tone: 'bad', Icon: CircleX },
  stale: { tone: 'warn', Icon: Clock },
  unproven: { tone: 'warn', Icon: CircleHelp },
  needs_evidence: { tone: 'warn', Icon: FileQuestionMark },
  uncovered: { tone: 'bad', Icon: CircleMinus },
  not_applicable: { tone: 'quiet', Icon: CircleSlash },
}

/** What is known of a control or a requirement, in one word with its sign. */
export function ControlStateChip({ state }: { state: RequirementState }) {
  const { tone, Icon } = controlSigns[state]
  return (
    <span data-state={state}>
      <Chip tone={tone} icon={<Icon size={13} aria-hidden />}>
        {t(`controls.state.${state}`)}
      </Chip>
    </span>
  )
}

const evidenceSigns: Record<EvidenceState, Sign> = {
  ready: { tone: 'ok', Icon: CircleCheck },
  upcoming: { tone: 'info', Icon: FileClock },
  needs_renewal: { tone: 'warn', Icon: FileClock },
  needs_artifact: { tone: 'warn', Icon: FileQuestionMark },
  removed: { tone: 'quiet', Icon: FileX },
}

/** Whether evidence can be relied on, in one word with its sign. */
export function EvidenceStateChip({ state }: { state: EvidenceState }) {
  const { tone, Icon } = evidenceSigns[state]
  return (
    <span data-state={state}>
      <Chip tone={tone} icon={<Icon size={13} aria-hidden />}>
        {t(`evidence.state.${state}`)}
      </Chip>
    </span>
  )
}
