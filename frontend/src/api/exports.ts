import { answer, client } from './client'
import type { components } from './schema.gen'

export type Task = components['schemas']['Task']
export type ExportRequest = components['schemas']['ExportRequest']
export type ExportFilter = Omit<ExportRequest, 'what' | 'format'>

export const startExport = (body: ExportRequest): Promise<Task> => answer(client.POST('/api/v1/exports', { body }))

/** A task once it has news beyond a version, or after a while. */
export const waitTask = (id: string, after: number, signal?: AbortSignal): Promise<Task> =>
  answer(client.GET('/api/v1/tasks/{id}', { params: { path: { id }, query: { after, wait: '10s' } }, signal }))

export const cancelTask = (id: string): Promise<Task> => answer(client.POST('/api/v1/tasks/{id}/cancel', { params: { path: { id } } }))

/** Where the file of an export is. */
export const exportFile = (id: string) => `/api/v1/exports/${encodeURIComponent(id)}/file`
