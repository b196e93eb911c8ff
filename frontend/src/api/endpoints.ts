import { answer, client } from './client'
import type { paths } from './schema.gen'
import type { CheckRequest, ConnectionPage, ConnectionStatus, Draft, DraftEdit, Field, FileListing, RecordPage, Task } from './types'

/** Every call the screens make. Each answers data or throws an ApiError. */

export const getStatus = (signal?: AbortSignal) => answer(client.GET('/api/v1/status', { signal }))

export const getCategories = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/categories', { signal }))).items

/** The connectors known so far; events say when more are. */
export const getConnectors = (signal?: AbortSignal) => answer(client.GET('/api/v1/connectors', { params: { query: { known: true } }, signal }))

export const getConnector = (id: string, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/connectors/{id}', { params: { path: { id } }, signal }))

export type ConnectionFilter = NonNullable<paths['/api/v1/connections']['get']['parameters']['query']>

export const getConnections = (query: ConnectionFilter, signal?: AbortSignal): Promise<ConnectionPage> =>
  answer(client.GET('/api/v1/connections', { params: { query }, signal }))

/** The aliases that hold a text: what is taken when one is made of it. */
export async function getAliases(part: string, signal?: AbortSignal): Promise<string[]> {
  const { items } = await getConnections({ q: part, limit: 1000 }, signal)
  return items.map((connection) => connection.alias)
}

export const getConnection = (ref: string, signal?: AbortSignal): Promise<ConnectionStatus> =>
  answer(client.GET('/api/v1/connections/{ref}', { params: { path: { ref } }, signal }))

export interface NewConnection {
  connector: string
  alias: string
  settings: Record<string, unknown>
  secrets: Record<string, string>
  schedule: string
  owner?: string
  /** Id of the draft that ends with the save. */
  draft?: string
}

export const createConnection = (body: NewConnection): Promise<ConnectionStatus> => answer(client.POST('/api/v1/connections', { body }))

export const updateConnection = (ref: string, revision: number, body: Omit<NewConnection, 'connector'>): Promise<ConnectionStatus> =>
  answer(
    client.PATCH('/api/v1/connections/{ref}', {
      params: { path: { ref }, header: { 'If-Match': String(revision) } },
      body,
    }),
  )

/** Changes a part of a connection. With the revision it is based on, an edit that someone made since is refused. */
export const editConnection = (ref: string, body: { schedule?: string; owner?: string }, revision?: number): Promise<ConnectionStatus> =>
  answer(
    client.PATCH('/api/v1/connections/{ref}', {
      params: { path: { ref }, header: revision === undefined ? {} : { 'If-Match': String(revision) } },
      body,
    }),
  )

/** Every connection that a filter selects, from all pages. */
export async function getAllConnections(filter: ConnectionFilter, signal?: AbortSignal): Promise<ConnectionPage['items']> {
  const all: ConnectionPage['items'] = []
  for (let cursor: string | undefined = ''; cursor !== undefined; ) {
    const page: ConnectionPage = await getConnections({ ...filter, facets: undefined, limit: 1000, cursor: cursor || undefined }, signal)
    all.push(...page.items)
    cursor = page.next_cursor
  }
  return all
}

/** A list whose filter, order and grouping can be saved under a name. */
export type ViewPage = 'connections'

export const getViews = async (page: ViewPage, signal?: AbortSignal) =>
  (await answer(client.GET('/api/v1/views/{page}', { params: { path: { page } }, signal }))).items

export const saveView = (page: ViewPage, name: string, query: string) =>
  answer(client.PUT('/api/v1/views/{page}/{name}', { params: { path: { page, name } }, body: { query } }))

export async function removeView(page: ViewPage, name: string): Promise<void> {
  await client.DELETE('/api/v1/views/{page}/{name}', { params: { path: { page, name } } })
}

/** What becomes of what was read when a connection ends. */
export type Keeping = 'keep' | 'delete'

export async function disconnect(ref: string, history: Keeping): Promise<void> {
  await client.DELETE('/api/v1/connections/{ref}', { params: { path: { ref }, query: { history } } })
}

export interface Reconnection {
  settings?: Record<string, unknown>
  secrets: Record<string, string>
}

export const reconnect = (ref: string, body: Reconnection): Promise<ConnectionStatus> =>
  answer(client.POST('/api/v1/connections/{ref}/reconnect', { params: { path: { ref } }, body }))

export const getImpact = (ref: string, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/connections/{ref}/impact', { params: { path: { ref } }, signal }))

export type ChangeQuery = NonNullable<paths['/api/v1/connections/{ref}/changes']['get']['parameters']['query']>

export const getChanges = (ref: string, query: ChangeQuery, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/connections/{ref}/changes', { params: { path: { ref }, query }, signal }))

export const getSettings = async (signal?: AbortSignal) => (await answer(client.GET('/api/v1/config', { signal }))).items ?? []

/** Starts a run. Confirmed are the ids of held removals that a person has looked at. */
export const syncConnection = (ref: string, confirmed: string[] = []) =>
  answer(
    client.POST('/api/v1/connections/{ref}/sync', {
      params: { path: { ref } },
      body: confirmed.length > 0 ? { confirm_removals: true, confirm: confirmed } : {},
    }),
  )

/** How far the lists of a connection were read on each of the last 90 days. */
export const getCoverage = (ref: string, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/connections/{ref}/coverage', { params: { path: { ref } }, signal }))

export const listHeldRecords = (ref: string, stream: string, cursor: string | undefined, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/connections/{ref}/held/{stream}', { params: { path: { ref, stream }, query: { limit: 500, cursor } }, signal }))

export const rejectRemoval = (ref: string, stream: string, id: string): Promise<ConnectionStatus> =>
  answer(client.POST('/api/v1/connections/{ref}/held/{stream}/reject', { params: { path: { ref, stream } }, body: { id } }))

export const pauseConnection = (ref: string) =>
  answer(client.POST('/api/v1/connections/{ref}/pause', { params: { path: { ref } }, body: {} }))

export const resumeConnection = (ref: string) =>
  answer(client.POST('/api/v1/connections/{ref}/resume', { params: { path: { ref } } }))

/** Whose records a list is of: one stream of one connection, or a kind's in all. */
export type RecordScope = { connection: string; stream: string } | { kind: string }

export interface RecordQuery {
  q?: string
  where: string[]
  sort: string
  as_of?: string
}

/** How many records come at once. */
const recordPage = 200

export function listRecords(scope: RecordScope, query: RecordQuery, cursor: string | undefined, signal?: AbortSignal): Promise<RecordPage> {
  const asked = { ...query, limit: recordPage, cursor }
  if ('kind' in scope) return answer(client.GET('/api/v1/records', { params: { query: { ...asked, kind: scope.kind } }, signal }))
  const { connection: ref, stream } = scope
  return answer(client.GET('/api/v1/connections/{ref}/records', { params: { path: { ref }, query: { ...asked, stream } }, signal }))
}

export const getFields = async (kind: string, signal?: AbortSignal): Promise<Field[]> =>
  (await answer(client.GET('/api/v1/kinds/{kind}/fields', { params: { path: { kind } }, signal }))).items ?? []

export const getRuns = (connection: string, cursor: string | undefined, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/runs', { params: { query: { connection: [connection], limit: 20, cursor } }, signal }))

export const getRun = (id: string, signal?: AbortSignal) => answer(client.GET('/api/v1/runs/{id}', { params: { path: { id } }, signal }))

export type LogQuery = NonNullable<paths['/api/v1/runs/{id}/logs']['get']['parameters']['query']>

export const getLogs = (id: string, query: LogQuery, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/runs/{id}/logs', { params: { path: { id }, query }, signal }))

export const cancelRun = (id: string) => answer(client.POST('/api/v1/runs/{id}/cancel', { params: { path: { id } } }))

export const startCheck = (body: CheckRequest, signal?: AbortSignal) => answer(client.POST('/api/v1/checks', { body, signal }))

export const getCheck = (id: string, after: number, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/checks/{id}', { params: { path: { id }, query: { after, wait: '10s' } }, signal }))

export const previewSchedule = (schedule: string, signal?: AbortSignal) =>
  answer(client.POST('/api/v1/schedules/preview', { body: { schedule }, signal }))

/** Hints of runs that go on come at this pace; anything else at once. */
const pace = '1500ms'

export const getEvents = (after: number | undefined, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/events', { params: { query: after === undefined ? {} : { after, wait: '25s', pace } }, signal }))

export const listDrafts = async (of: { connector: string } | { connection: string }, signal?: AbortSignal): Promise<Draft[]> =>
  (await answer(client.GET('/api/v1/drafts', { params: { query: of }, signal }))).items

export const getDraft = (id: string, signal?: AbortSignal): Promise<Draft> =>
  answer(client.GET('/api/v1/drafts/{id}', { params: { path: { id } }, signal }))

/** Keeps what was entered. It goes on when the page is left meanwhile. */
export const putDraft = (id: string, body: DraftEdit): Promise<Draft> =>
  answer(client.PUT('/api/v1/drafts/{id}', { params: { path: { id } }, body, keepalive: true }))

export async function deleteDraft(id: string): Promise<void> {
  await client.DELETE('/api/v1/drafts/{id}', { params: { path: { id } } })
}

/** Begins a dry run of settings that need not be saved; its task tells what it read. */
export const startSample = (body: CheckRequest, signal?: AbortSignal): Promise<Task> => answer(client.POST('/api/v1/dry-runs', { body, signal }))

export const getTask = (id: string, after: number, signal?: AbortSignal): Promise<Task> =>
  answer(client.GET('/api/v1/tasks/{id}', { params: { path: { id }, query: { after, wait: '10s' } }, signal }))

export const cancelTask = (id: string): Promise<Task> => answer(client.POST('/api/v1/tasks/{id}/cancel', { params: { path: { id } } }))

export const listFiles = (path: string, signal?: AbortSignal): Promise<FileListing> =>
  answer(client.GET('/api/v1/files', { params: { query: path ? { path } : {} }, signal }))
