import createClient, { type Middleware } from 'openapi-fetch'
import { fillLists } from './lists'
import { ApiError, problemFrom, unreachable } from './problem'
import type { paths } from './schema.gen'
import { session } from './session'

const middleware: Middleware = {
  onRequest({ request }) {
    if (request.method !== 'GET') request.headers.set('X-Plumbline-Request', '1')
  },
  async onResponse({ response }) {
    if (response.ok) return
    const body: unknown = await response.json().catch(() => undefined)
    const problem = problemFrom(response.status, body)
    if (problem.code === 'unauthenticated' || response.status === 401) session.markSignedOut()
    throw new ApiError(response.status, problem)
  },
  onError({ error }) {
    if (error instanceof DOMException && error.name === 'AbortError') return error
    return unreachable()
  },
}

/** In a Wails window the base is the window's own origin as well: the handler sits in its asset server. */
export const client = createClient<paths>({
  baseUrl: window.location.origin,
  credentials: 'same-origin',
  fetch: (request) => globalThis.fetch(request),
})
client.use(middleware)

/** The answer of a call, with its null lists filled; a refusal has already thrown. */
export async function answer<D>(call: Promise<{ data?: D }>): Promise<D> {
  const { data } = await call
  return fillLists(data) as D
}
