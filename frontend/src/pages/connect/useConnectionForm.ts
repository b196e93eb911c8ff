import { useMemo, useReducer } from 'react'
import { useLocation } from 'wouter'
import { syncConnection } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { Check, ConnectionStatus, Connector, Problem } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { defaultSchedule } from '@/lib/schedule'
import { collect, fieldsOf, initialValues, validate, type Value } from '@/lib/schemaForm'
import { notify } from '@/ui/Toasts'
import { firstState, reduce } from './formState'
import { useSave } from './queries'
import { afterSilence } from './silence'
import { useCheck } from './useCheck'

export type After = 'stay' | 'sync'

interface Start {
  connector: Connector
  edited?: ConnectionStatus
  alias: string
}

/** The form of a new or edited connection: its values, what is wrong with them, and the way to a saved connection. */
export function useConnectionForm({ connector, edited, alias: firstAlias }: Start) {
  const [, navigate] = useLocation()
  const fields = useMemo(() => fieldsOf(connector.config_schema), [connector.config_schema])
  const [state, act] = useReducer(reduce, undefined, () =>
    firstState({
      alias: edited?.alias ?? firstAlias,
      schedule: edited?.schedule ?? defaultSchedule,
      values: initialValues(fields, edited?.settings),
    }),
  )
  const { alias, schedule, values, checked } = state
  const { check, run, clear } = useCheck()
  const save = useSave(edited)

  const payload = collect(fields, values, edited?.settings)
  const serial = JSON.stringify(payload)
  const untouched = edited !== undefined && serial === JSON.stringify(collect(fields, initialValues(fields, edited.settings), edited.settings))
  const known = ['alias', 'schedule', ...fields.map((f) => f.path)]

  const refuse = (problem: Problem, own?: Record<string, string>) => act({ type: 'refuse', problem, known, ...(own && { own }) })

  function complete(): boolean {
    const own = validate(fields, values, edited?.secrets.map((s) => s.name))
    if (alias.trim() === '') own.alias = 'An alias is needed.'
    if (Object.keys(own).length === 0) {
      act({ type: 'complete' })
      return true
    }
    refuse({ code: 'config.invalid', message: 'Some fields need your attention.' }, own)
    return false
  }

  async function probe(): Promise<boolean> {
    act({ type: 'begin', doing: 'check' })
    try {
      const result = await run({ connector: connector.id, ...(edited && { connection: edited.id }), ...payload })
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
      const saved = await save.mutateAsync({ connector: connector.id, alias: alias.trim(), schedule, ...payload })
      if (after === 'sync') await begin(saved)
      navigate(connectionPath(saved))
    } catch (error) {
      refuse(afterSilence(asProblem(error), 'save'))
    } finally {
      act({ type: 'end' })
    }
  }

  return {
    ...state, fields, check,
    /** The settings as they are now were checked, and the check failed. */
    failed: checked.payload === serial && !checked.passed,
    setAlias: (value: string) => act({ type: 'alias', value }),
    setSchedule: (value: string) => act({ type: 'schedule', value }),
    setValue(path: string, value: Value) {
      act({ type: 'value', path, value })
      clear()
    },
    async tryOut() {
      if (complete()) await probe()
    },
    /** Saves what has passed a check; without one it makes it first. */
    async submit(after: After) {
      if (!complete()) return
      const passed = untouched || (checked.payload === serial && checked.passed) || (await probe())
      if (passed) await store(after)
    },
    async saveAnyway() {
      if (complete()) await store('stay')
    },
  }
}

export type ConnectionForm = ReturnType<typeof useConnectionForm>

/** A setting was changed while the check ran, so it was given up. */
const isAbort = (error: unknown) => error instanceof DOMException && error.name === 'AbortError'

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
    if (problem.code !== 'busy') notify.failed(`${saved.alias} is saved, but its sync could not start`, problem.message)
  }
}
