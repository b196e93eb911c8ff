import { useQuery } from '@tanstack/react-query'
import { getCheck, startCheck } from '@/api/endpoints'
import type { Choices, Connector, Problem } from '@/api/types'
import { collect, type Field, type Values } from '@/lib/schemaForm'
import { useDebounced } from '@/ui/useDebounced'

export interface Offers {
  /** The connector is asked as a person types. */
  able: boolean
  /** What a setting can be filled with, by its name. */
  of: (name: string) => Choices | undefined
  state: 'none' | 'reading' | 'known' | 'failed'
  /** What was found, in a sentence. */
  message: string
  problem: Problem | undefined
  /** The name of the setting that is to blame. */
  blamed: string
}

/** Settings that say what the columns mean: they do not change which columns there are. */
const meanings = new Set(['key', 'columns', 'values', 'dates', 'date_columns', 'ending', 'row_limit', 'time_limit'])

/**
 * Asks a connector what its settings can be filled with, as the columns of a file. One that reads this machine is
 * asked as a person types; one that talks to a server has a check for that.
 */
export function useChoices(connector: Connector, fields: readonly Field[], values: Values): Offers {
  const able = connector.capabilities.includes('check.choices') && connector.network.length === 0
  const { settings } = collect(fields, values)
  const asked = Object.fromEntries(Object.entries(settings).filter(([name]) => !meanings.has(name)))
  const paths = fields.filter((f) => f.kind === 'file' && f.required)
  const ready = able && paths.every((f) => asked[f.name] !== undefined)
  const typed = JSON.stringify(asked)
  const text = useDebounced(typed, 400)
  const settled = text === typed
  const query = useQuery({
    queryKey: ['choices', connector.id, text],
    queryFn: async ({ signal }) => {
      let check = await startCheck({ connector: connector.id, settings: JSON.parse(text) as Record<string, unknown>, choices: true }, signal)
      while (check.status === 'running') check = await getCheck(check.id, check.version, signal)
      return check
    },
    enabled: ready && settled,
    retry: false,
    staleTime: 10_000,
    gcTime: 0,
  })
  // What was found of other settings says nothing of these.
  const probes = ready && settled ? (query.data?.probes ?? []) : []
  const problem = (settled ? query.data?.error : undefined) ?? probes.find((p) => p.error)?.error
  return {
    able,
    of: (name) => probes.flatMap((p) => p.choices ?? []).find((c) => c.setting === name),
    state: !ready ? 'none' : !settled || query.isPending ? 'reading' : query.isError || problem ? 'failed' : 'known',
    message: probes.find((p) => !p.error && p.message)?.message ?? '',
    problem: ready && settled ? problem : undefined,
    blamed: problem?.fields?.[0]?.field.replace(/^settings\./, '') ?? '',
  }
}
