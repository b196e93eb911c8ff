import { answer, client } from './client'

/** Why the latest run of a connection that counts was not complete, what supports that and what to do. */
export const explainConnection = (ref: string, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/connections/{ref}/explanation', { params: { path: { ref } }, signal }))

/** The same of one run that has ended. */
export const explainRun = (id: string, signal?: AbortSignal) =>
  answer(client.GET('/api/v1/runs/{id}/explanation', { params: { path: { id } }, signal }))
