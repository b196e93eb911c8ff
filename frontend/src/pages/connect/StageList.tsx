import { Circle, CircleCheck, CircleX, LoaderCircle, TriangleAlert } from 'lucide-react'
import { cx } from '@/ui/cx'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import type { Stage, StageId, StageState } from './stages'

const looks: Record<StageState, { icon: typeof Circle; colour: string }> = {
  open: { icon: Circle, colour: 'text-faint' },
  running: { icon: LoaderCircle, colour: 'animate-spin text-accent' },
  done: { icon: CircleCheck, colour: 'text-ok' },
  warning: { icon: TriangleAlert, colour: 'text-warn' },
  failed: { icon: CircleX, colour: 'text-bad' },
}

const words = (state: StageState) => t(`connect.stages.state_${state}`)

/** The id of the part of the page that a stage is. */
export const stageId = (id: StageId) => `stage-${id}`

/** Every part of connecting something with how far it is. Any of them can be gone to at any time. */
export function StageList({ stages }: { stages: Stage[] }) {
  return (
    <nav aria-label={t('connect.stages.label')} className="mt-4">
      <ol className="grid gap-px overflow-hidden rounded-lg border border-line bg-line sm:grid-cols-2 md:grid-cols-4 lg:grid-cols-7">
        {stages.map((stage) => (
          <li key={stage.id} className="flex bg-panel last:sm:col-span-2 last:lg:col-span-1">
            <Entry stage={stage} />
          </li>
        ))}
      </ol>
    </nav>
  )
}

function Entry({ stage }: { stage: Stage }) {
  const { icon: Icon, colour } = looks[stage.state]
  return (
    <button
      type="button"
      data-stage={stage.id}
      data-state={stage.state}
      onClick={() => goTo(stage.id)}
      className="flex w-full min-w-0 items-start gap-2 px-3 py-1.5 text-left hover:bg-hover focus-visible:-outline-offset-2 sm:py-2"
    >
      <span className="flex h-5 items-center">
        <Icon size={15} aria-hidden className={cx('shrink-0', colour)} />
      </span>
      <span className="flex min-w-0 flex-1 flex-wrap items-baseline justify-between gap-x-2 sm:block">
        <span className="block text-sm font-medium">{stage.title}</span>
        <span className="block text-xs text-muted">
          <span className="sr-only">{words(stage.state)}: </span>
          <Text>{stage.text}</Text>
        </span>
      </span>
    </button>
  )
}

/** Brings a part of the page into sight and gives it the focus. */
export function goTo(id: StageId) {
  const part = document.getElementById(stageId(id))
  part?.closest('details')?.setAttribute('open', '')
  part?.scrollIntoView({ block: 'start', behavior: 'smooth' })
  part?.focus({ preventScroll: true })
}
