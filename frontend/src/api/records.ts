import { answer, client } from './client'
import type { RecordQuery, RecordScope } from './endpoints'
import type { components, paths } from './schema.gen'

export type RecordDetail = components['schemas']['RecordDetail']
export type RecordVersion = components['schemas']['RecordVersion']
export type FieldValue = components['schemas']['FieldValue']
export type FieldDiff = components['schemas']['FieldDiff']
export type RecordChange = components['schemas']['RecordChange']
export type ChangePage = components['schemas']['ChangePage']
export type ChangeSummary = components['schemas']['ChangeSummary']
export type StreamChanges = components['schemas']['StreamChanges']

/** Names one record: its connection by id or alias, its stream and its key. */
export interface RecordRef {
  connection: string
  stream: string
  key: string
}

export const getRecord = ({ connection: ref, stream, key }: RecordRef, as_of: string | undefined, signal?: AbortSignal): Promise<RecordDetail> =>
  answer(client.GET('/api/v1/connections/{ref}/record', { params: { path: { ref }, query: { stream, key, as_of } }, signal }))

export const listVersions = ({ connection: ref, stream, key }: RecordRef, cursor: string | undefined, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/connections/{ref}/record/versions', { params: { path: { ref }, query: { stream, key, limit: 20, cursor } }, signal }))

/** How many rows of a list come at once. */
export const pageRows = 200

/** Where a page of a list begins: behind another page, or at a row. */
export type PageStart = { cursor: string } | { offset: number }

/** One page of a list of records. */
export function listPage(scope: RecordScope, query: RecordQuery, start: PageStart, limit: number, signal?: AbortSignal) {
  const asked = { ...query, ...start, limit }
  if ('kind' in scope) return answer(client.GET('/api/v1/records', { params: { query: { ...asked, kind: scope.kind } }, signal }))
  const { connection: ref, stream } = scope
  return answer(client.GET('/api/v1/connections/{ref}/records', { params: { path: { ref }, query: { ...asked, stream } }, signal }))
}

type HistoryParams = NonNullable<paths['/api/v1/history']['get']['parameters']['query']>

/** What changes are asked for. */
export type HistoryQuery = Pick<HistoryParams, 'kind' | 'run' | 'stream' | 'change' | 'since' | 'until' | 'q'> & { connection?: string[] }

export const listHistory = (query: HistoryQuery, cursor: string | undefined, signal?: AbortSignal): Promise<ChangePage> =>
  answer(client.GET('/api/v1/history', { params: { query: { ...query, diff: true, limit: 100, cursor } }, signal }))

export const getHistorySummary = (query: HistoryQuery, signal?: AbortSignal): Promise<ChangeSummary> =>
  answer(client.GET('/api/v1/history/summary', { params: { query }, signal }))
