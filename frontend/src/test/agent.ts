import { vi } from 'vitest'

type Answer = unknown | ((request: Request) => unknown)

export interface Asked {
  method: string
  path: string
  headers: Headers
  body: unknown
}

/** An answer that is a refusal, as problem+json. */
export class Refused {
  readonly status: number
  readonly problem: object

  constructor(status: number, problem: object) {
    this.status = status
    this.problem = problem
  }
}

/** No answer at all, as of an agent that does not run. */
export const silence = Symbol('silence')

/**
 * Answers the screens in place of an agent: "GET /api/v1/status" and the like to what is answered.
 * A call that no route answers fails the test that made it, by name.
 */
export function standIn(routes: Record<string, Answer>): Asked[] {
  const asked: Asked[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    const { pathname } = new URL(request.url)
    const route = `${request.method} ${pathname}`
    const text = await request.clone().text()
    asked.push({ method: request.method, path: pathname, headers: request.headers, body: text === '' ? undefined : JSON.parse(text) })
    if (!(route in routes)) throw new Error(`no answer for ${route}`)
    const found = routes[route]
    const answer: unknown = typeof found === 'function' ? (found as (request: Request) => unknown)(request) : found
    const value = await answer
    if (value === silence) throw new TypeError('Failed to fetch')
    if (value instanceof Refused) return json(value.status, value.problem, 'application/problem+json')
    return json(200, value, 'application/json')
  })
  return asked
}

const json = (status: number, body: unknown, type: string) => new Response(JSON.stringify(body), { status, headers: { 'content-type': type } })
