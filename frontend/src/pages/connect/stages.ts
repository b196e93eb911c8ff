import type { Check, Connector } from '@/api/types'
import { count as grouped } from '@/lib/numbers'
import { t } from '@/words'
import type { SampleState } from './useSample'
import { verdictOf } from './verdict'

export type StageId = 'before' | 'permissions' | 'credentials' | 'check' | 'sample' | 'schedule' | 'save'
export type StageState = 'open' | 'running' | 'done' | 'warning' | 'failed'

/** One part of connecting something, and how far it is. */
export interface Stage {
  id: StageId
  title: string
  state: StageState
  /** How far it is, in a few words. */
  text: string
}

interface Facts {
  connector: Connector
  /** The connection is there already. */
  editing: boolean
  prerequisites: readonly string[]
  /** The form asks for a key or a password. */
  secrets: boolean
  missing: number
  errors: number
  check: Check | undefined
  sample: SampleState
  schedule: string
  saved: string
  savedState: StageState
}

export function stagesOf(facts: Facts): Stage[] {
  const { connector, check, sample } = facts
  const asked = connector.guide.prerequisites
  const ready = asked.filter((line) => facts.prerequisites.includes(line)).length
  return [
    {
      id: 'before',
      title: t('connect.stages.before'),
      state: facts.editing || ready === asked.length ? 'done' : 'open',
      text: facts.editing && ready === 0 ? t('connect.stages.connected') : asked.length === 0 ? t('connect.stages.nothing_needed') : t('connect.stages.ready', { ready, count: asked.length }),
    },
    { id: 'permissions', title: t('connect.stages.permissions'), ...permissionsOf(connector, check) },
    { id: 'credentials', title: facts.secrets ? t('connect.stages.credentials') : t('connect.stages.settings'), ...credentialsOf(facts) },
    { id: 'check', title: t('connect.stages.check'), ...checkOf(check) },
    { id: 'sample', title: t('connect.stages.sample'), ...sampleOf(sample) },
    { id: 'schedule', title: t('connect.stages.schedule_short'), state: 'done', text: facts.schedule },
    { id: 'save', title: t('connect.stages.save'), state: facts.savedState, text: facts.saved },
  ]
}

type Standing = Pick<Stage, 'state' | 'text'>

function permissionsOf({ permissions }: Connector, check: Check | undefined): Standing {
  if (permissions.length === 0) return { state: 'done', text: t('connect.stages.nothing_needed') }
  const found = check?.probes.filter((p) => p.permission) ?? []
  const bad = found.filter((p) => p.state === 'missing' || p.state === 'failed').length
  const broad = found.filter((p) => p.state === 'too_broad').length
  const granted = found.filter((p) => p.state === 'ok').length
  if (bad > 0) return { state: found.some((p) => p.required && p.state !== 'ok') ? 'failed' : 'warning', text: t('connect.stages.missing', { count: bad }) }
  if (broad > 0) return { state: 'warning', text: t('connect.stages.broad') }
  if (granted > 0 && granted === found.length) return { state: 'done', text: t('connect.stages.granted', { count: granted }) }
  return { state: 'open', text: t('connect.stages.permissions_open', { count: permissions.length }) }
}

function credentialsOf({ missing, errors }: Facts): Standing {
  if (errors > 0) return { state: 'failed', text: t('connect.stages.to_correct', { count: errors }) }
  if (missing > 0) return { state: 'open', text: t('connect.stages.to_fill', { count: missing }) }
  return { state: 'done', text: t('connect.stages.filled') }
}

function checkOf(check: Check | undefined): Standing {
  if (!check) return { state: 'open', text: t('connect.stages.not_run') }
  const { state, short } = verdictOf(check)
  return { state: state === 'ok' ? 'done' : state, text: short }
}

function sampleOf({ task, problem, running }: SampleState): Standing {
  if (running) return { state: 'running', text: t('connect.stages.reading') }
  if (problem) return { state: 'failed', text: t('connect.stages.failed') }
  const streams = task?.dry_run_sample?.streams
  if (!streams) return { state: 'open', text: t('connect.stages.optional') }
  const read = streams.reduce((sum, s) => sum + s.read, 0)
  const bad = streams.some((s) => s.outcome === 'failed' || s.outcome === 'untried')
  return { state: bad ? 'warning' : 'done', text: t('connect.stages.read', { count: read, shown: grouped(read) }) }
}
