import { useQuery } from '@tanstack/react-query'
import { answer, client } from './client'
import { getConnections, getConnectors, getStatus } from './endpoints'
import { keys } from './keys'
import type { paths } from './schema.gen'
import type { Attention, Reading } from './types'

const itemsOf = <T>({ items }: { items: T[] }) => items

/** What the screens ask of the host itself: its state, its log, its storage and its tasks. */

/** What needs a person, as far as the connectors are known. */
export const getAttention = (signal?: AbortSignal) => answer(client.GET('/api/v1/attention', { params: { query: { known: true } }, signal }))

export const getDoctor = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/doctor', { signal }))).items

export const getConfig = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/config', { signal }))).items

export const getStorage = (signal?: AbortSignal) => answer(client.GET('/api/v1/storage', { signal }))

export type AuditFilter = NonNullable<paths['/api/v1/audit']['get']['parameters']['query']>

export const getAudit = (query: AuditFilter, signal?: AbortSignal) => answer(client.GET('/api/v1/audit', { params: { query }, signal }))

export const getAssistants = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/assistants', { signal }))).items

export const setAssistant = (name: string, body: Reading) => answer(client.PUT('/api/v1/assistants/{client}', { params: { path: { client: name } }, body }))

export const getBackups = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/backups', { signal }))).items

export type NewBackup = NonNullable<paths['/api/v1/backups']['post']['requestBody']>['content']['application/json']

export const startBackup = (body: NewBackup) => answer(client.POST('/api/v1/backups', { body }))

export const startVerification = () => answer(client.POST('/api/v1/verifications'))

export const getTasks = async (kind: string, signal?: AbortSignal) =>
  (await answer(client.GET('/api/v1/tasks', { params: { query: { kind } }, signal }))).items

export const cancelTask = (id: string) => answer(client.POST('/api/v1/tasks/{id}/cancel', { params: { path: { id } } }))

export const getUpdates = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/releases/updates', { signal }))).items

/** The first few records of a kind in which a text is. */
export const findRecords = async (kind: string, q: string, signal?: AbortSignal) =>
  (await answer(client.GET('/api/v1/records', { params: { query: { kind, q, limit: 5 } }, signal }))).items

/** The latest runs of all connections. */
export const getLatestRuns = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/runs', { params: { query: { limit: 100 } }, signal }))).items

/** The host at a glance. */
export const useStatus = () => useQuery({ queryKey: keys.status, queryFn: ({ signal }) => getStatus(signal) })

/** What needs a person, in the host's order. */
export const useAttention = () => useQuery({ queryKey: keys.attention, queryFn: ({ signal }) => getAttention(signal), select: itemsOf })

/** The connectors of this machine that are known so far. */
export const useConnectors = () => useQuery({ queryKey: keys.connectors, queryFn: ({ signal }) => getConnectors(signal), select: itemsOf })

/** How many connectors are still being asked what they are: lists leave them out meanwhile. */
export const useDescribing = () =>
  useQuery({ queryKey: keys.connectors, queryFn: ({ signal }) => getConnectors(signal), select: ({ describing = 0 }) => describing }).data ?? 0

/** Every connection that one page of the list holds, those in trouble first. */
export const useEveryConnection = () => {
  const filter = { order: 'urgent', limit: 1000 } as const
  return useQuery({ queryKey: keys.connectionList(filter), queryFn: ({ signal }) => getConnections(filter, signal) })
}

/** Whether an item asks to be done now. What is only information is not counted anywhere. */
export const isPressing = ({ severity }: Attention) => severity !== 'info'
