import { useMemo, useReducer, useRef, useState } from 'react'
import { useLocation } from 'wouter'
import { getConnection, syncConnection } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { Check, CheckRequest, ConnectionStatus, Connector, Draft, DraftEdit, Problem } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { defaultSchedule } from '@/lib/schedule'
import { collect, fieldsOf, initialValues, validate, type Field, type Value } from '@/lib/schemaForm'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { changesOf, heldBy, type Change } from './changes'
import { firstState, reduce, type Start } from './formState'
import { useSave } from './queries'
import { afterSilence } from './silence'
import { useCheck } from './useCheck'
import { useChoices } from './useChoices'
import { useDraft } from './useDraft'
import { useSample } from './useSample'

export type After = 'stay' | 'sync'

interface Begin {
  connector: Connector
  edited?: ConnectionStatus
  alias: string
  draftId: string
  draft?: Draft
}

/** A save that was refused because the connection was changed elsewhere: what it is now, and what was to follow. */
export interface Conflict {
  theirs: ConnectionStatus
  after: After
}

/** The form of a new or edited connection: its values, what is wrong with them, and the way to a saved connection. */
export function useConnectionForm({ connector, edited, alias: firstAlias, draftId, draft: kept }: Begin) {
  const [, navigate] = useLocation()
  const fields = useMemo(() => fieldsOf(connector.config_schema), [connector.config_schema])
  const [state, act] = useReducer(reduce, undefined, () => firstState(startOf(fields, edited, firstAlias, kept)))
  const { values, checked } = state
  const { check, run, clear } = useCheck()
  const sample = useSample()
  const save = useSave()
  const revision = useRef(edited?.revision)
  const [review, setReview] = useState<After>()
  const [conflict, setConflict] = useState<Conflict>()
  const offers = useChoices(connector, fields, values)

  const payload = collect(fields, values, edited?.settings)
  const serial = JSON.stringify(payload)
  const untouched = edited !== undefined && serial === JSON.stringify(collect(fields, initialValues(fields, edited.settings), edited.settings))
  const known = ['alias', 'schedule', 'owner', ...fields.map((f) => f.path)]
  const request: CheckRequest = { connector: connector.id, ...(edited && { connection: edited.id }), ...payload }
  const changes: Change[] = edited ? changesOf(fields, heldBy(edited, fields), state) : []
  const draft = useDraft(draftId, draftOf(connector, edited, state, payload.settings))

  const refuse = (problem: Problem, own?: Record<string, string>) => act({ type: 'refuse', problem, known, ...(own && { own }) })
  const ownErrors = () => {
    const own = validate(fields, values, edited?.secrets.map((s) => s.name))
    if (state.alias.trim() === '') own.alias = t('connect.alias_needed')
    return own
  }

  function complete(): boolean {
    const own = ownErrors()
    if (Object.keys(own).length === 0) {
      act({ type: 'complete' })
      return true
    }
    refuse({ code: 'config.invalid', message: t('connect.needs_attention') }, own)
    return false
  }

  async function probe(): Promise<boolean> {
    act({ type: 'begin', doing: 'check' })
    try {
      const result = await run(request)
      const passed = result.status === 'ok'
      act({ type: 'checked', payload: serial, passed })
      const blamed = passed ? undefined : blame(result)
      if (blamed) refuse(blamed)
      return passed
    } catch (error) {
      if (isAbort(error)) return false
      act({ type: 'unchecked' })
      clear()
      refuse(afterSilence(asProblem(error), 'check'))
      return false
    } finally {
      act({ type: 'end' })
    }
  }

  async function store(after: After): Promise<void> {
    act({ type: 'begin', doing: 'save' })
    try {
      const { alias, schedule, owner } = state
      const saved = await save.mutateAsync({
        ...(edited && { edited: edited.id, revision: revision.current ?? edited.revision }),
        body: { connector: connector.id, alias: alias.trim(), schedule, owner: owner.trim(), draft: draftId, ...payload },
      })
      draft.end()
      if (after === 'sync') await begin(saved)
      navigate(connectionPath(saved))
    } catch (error) {
      const problem = asProblem(error)
      const theirs = edited && isStale(problem) ? await getConnection(edited.id).catch(() => undefined) : undefined
      if (theirs) setConflict({ theirs, after })
      else refuse(afterSilence(problem, 'save'))
    } finally {
      act({ type: 'end' })
    }
  }

  return {
    ...state, fields, check, sample, offers, changes, review, conflict, draft,
    /** The settings as they are now were checked, and the check failed. */
    failed: checked.payload === serial && !checked.passed,
    missing: Object.keys(ownErrors()).filter((path) => path !== 'alias').length,
    setAlias: (value: string) => act({ type: 'alias', value }),
    setSchedule: (value: string) => act({ type: 'schedule', value }),
    setOwner: (value: string) => act({ type: 'owner', value }),
    tick: (of: 'prerequisites' | 'steps', item: string, done: boolean) => act({ type: 'tick', of, item, done }),
    setValue(path: string, value: Value) {
      act({ type: 'value', path, value })
      clear()
      sample.clear()
    },
    async tryOut() {
      if (complete()) await probe()
    },
    async trySample() {
      if (complete()) await sample.run(request)
    },
    /** Saves what has passed a check; without one it makes it first. An edit is shown before it is saved. */
    async submit(after: After) {
      if (!complete()) return
      const passed = untouched || (checked.payload === serial && checked.passed) || (await probe())
      if (!passed) return
      if (changes.length > 0) setReview(after)
      else await store(after)
    },
    async saveAnyway() {
      if (complete()) await store('stay')
    },
    cancelReview: () => setReview(undefined),
    async confirm() {
      if (!review) return
      setReview(undefined)
      await store(review)
    },
    /** Saves what is in the form over what the connection has become meanwhile. */
    async overwrite() {
      if (!conflict) return
      revision.current = conflict.theirs.revision
      setConflict(undefined)
      await store(conflict.after)
    },
  }
}

export type ConnectionForm = ReturnType<typeof useConnectionForm>

function startOf(fields: readonly Field[], edited: ConnectionStatus | undefined, alias: string, draft: Draft | undefined): Start {
  if (draft) {
    return {
      alias: draft.alias, schedule: draft.schedule, owner: draft.owner ?? '', prerequisites: draft.prerequisites, steps: draft.steps,
      values: initialValues(fields, draft.settings),
    }
  }
  return {
    alias: edited?.alias ?? alias, schedule: edited?.schedule ?? defaultSchedule, owner: edited?.owner ?? '', prerequisites: [], steps: [],
    values: initialValues(fields, edited?.settings),
  }
}

function draftOf(connector: Connector, edited: ConnectionStatus | undefined, state: Start, settings: Record<string, unknown>): DraftEdit {
  return {
    connector: connector.id, ...(edited && { connection: edited.id, base: edited.revision }),
    alias: state.alias, schedule: state.schedule, owner: state.owner, settings,
    prerequisites: [...state.prerequisites], steps: [...state.steps],
  }
}

/** A setting was changed while the check ran, so it was given up. */
const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError'

/** The connection was changed after the form was opened. */
const isStale = (problem: Problem) => problem.code === 'conflict' && !!problem.fields?.some((f) => f.field === 'revision')

/** A failed check names fields when the settings themselves are at fault. */
function blame(check: Check): Problem | undefined {
  const problems = [check.error, ...check.probes.map((probe) => probe.error)]
  return problems.find((p) => p?.fields && p.fields.length > 0)
}

async function begin(saved: ConnectionStatus) {
  try {
    await syncConnection(saved.id)
  } catch (error) {
    const problem = asProblem(error)
    // A run that is already on its way is what was asked for.
    if (problem.code !== 'busy') notify.failed(t('connect.no_sync', { alias: saved.alias }), problem.message)
  }
}
