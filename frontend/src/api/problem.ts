import type { FieldError, Problem } from './types'

/** A refusal of the agent, or the lack of an answer, as one shape. */
export class ApiError extends Error {
  readonly status: number
  readonly problem: Problem

  constructor(status: number, problem: Problem) {
    super(problem.message)
    this.name = 'ApiError'
    this.status = status
    this.problem = problem
  }
}

type Json = Record<string, unknown>
const isObject = (v: unknown): v is Json => typeof v === 'object' && v !== null

/** Reads problem+json, whose `detail` is what the nouns call `message`. */
export function problemFrom(status: number, body: unknown): Problem {
  const b: Json = isObject(body) ? body : {}
  const text = (key: string) => (typeof b[key] === 'string' && b[key] !== '' ? b[key] : undefined)
  return {
    code: text('code') ?? `http.${status}`,
    message: text('detail') ?? text('message') ?? text('title') ?? `The agent answered with status ${status}.`,
    remedy: text('remedy'),
    fault: text('fault') as Problem['fault'],
    retry: text('retry') as Problem['retry'],
    permissions: Array.isArray(b.permissions) ? b.permissions.map(String) : undefined,
    upstream_status: typeof b.upstream_status === 'number' ? b.upstream_status : undefined,
    upstream_request_id: text('upstream_request_id'),
    fields: fieldsFrom(b.fields ?? b.errors),
  }
}

function fieldsFrom(raw: unknown): FieldError[] | undefined {
  if (!Array.isArray(raw)) return undefined
  return raw.filter(isObject).map((f) => ({
    field: String(f.field ?? f.location ?? '').replace(/^body\./, ''),
    message: String(f.message ?? ''),
    value: f.value,
  }))
}

export const unreachable = (): ApiError =>
  new ApiError(0, {
    code: 'agent.unreachable',
    message: 'Plumbline is not answering.',
    remedy: 'Check that the agent is running with `plumbline status`, then try again.',
    fault: 'host',
  })

/** Any thrown thing as a problem that can be shown. */
export function asProblem(error: unknown): Problem {
  if (error instanceof ApiError) return error.problem
  return {
    code: 'internal.bug',
    message: error instanceof Error ? error.message : String(error),
    remedy: 'Reload the page. If it stays, report it with what you were doing.',
    fault: 'host',
  }
}

export const isSignedOut = (error: unknown) => error instanceof ApiError && error.problem.code === 'unauthenticated'
