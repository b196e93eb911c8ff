import { afterEach, describe, expect, it, vi } from 'vitest'
import { createConnection, getConnections, getEvents, updateConnection } from './endpoints'
import { fillLists } from './lists'
import { ApiError, asProblem, problemFrom } from './problem'
import { session } from './session'

const json = (status: number, body: unknown) => new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })

function answerWith(response: Response | Error) {
  const fetched = vi.fn<(request: Request) => Promise<Response>>(() =>
    response instanceof Error ? Promise.reject(response) : Promise.resolve(response),
  )
  vi.stubGlobal('fetch', fetched)
  return fetched
}

afterEach(() => vi.unstubAllGlobals())

describe('calls', () => {
  it('marks writes, and only writes, as coming from the product', async () => {
    const write = answerWith(json(201, { id: 'c1' }))
    await createConnection({ connector: 'x', alias: 'x', settings: {}, secrets: {}, schedule: '' })
    expect(write.mock.calls[0]?.[0].headers.get('X-Plumbline-Request')).toBe('1')

    const read = answerWith(json(200, { items: [] }))
    await getConnections({ q: 'a b' })
    const request = read.mock.calls[0]?.[0]
    expect(request?.headers.has('X-Plumbline-Request')).toBe(false)
    expect(new URL(request?.url ?? '').searchParams.get('q')).toBe('a b')
  })

  it('sends the revision it edited', async () => {
    const fetched = answerWith(json(200, { id: 'c1' }))
    await updateConnection('c1', 7, { alias: 'x', settings: {}, secrets: {}, schedule: '' })
    expect(fetched.mock.calls[0]?.[0].headers.get('If-Match')).toBe('7')
  })

  it('asks for the last number without waiting, and waits for what follows it', async () => {
    const fetched = answerWith(json(200, { items: [], last: 5, reset: false }))
    await getEvents(undefined)
    expect(fetched.mock.calls[0]?.[0].url).not.toContain('wait')
    fetched.mockResolvedValueOnce(json(200, { items: [], last: 5, reset: false }))
    await getEvents(5)
    expect(fetched.mock.calls[1]?.[0].url).toContain('after=5&wait=25s')
  })

  it('turns a refusal into a problem with its fields', async () => {
    answerWith(json(422, { title: 'Unprocessable', status: 422, detail: 'alias is taken', code: 'config.invalid', fields: [{ field: 'alias', message: 'is taken' }] }))
    const error = await getConnections({}).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(ApiError)
    expect(asProblem(error)).toMatchObject({ code: 'config.invalid', message: 'alias is taken', fields: [{ field: 'alias', message: 'is taken' }] })
  })

  it('says that the agent is not answering', async () => {
    answerWith(new TypeError('Failed to fetch'))
    const error = await getConnections({}).catch((e: unknown) => e)
    expect(asProblem(error).code).toBe('agent.unreachable')
  })

  it('notices that this browser has no session', async () => {
    const listener = vi.fn()
    const stop = session.subscribe(listener)
    answerWith(json(401, { code: 'unauthenticated', detail: 'no session' }))
    await getConnections({}).catch(() => undefined)
    stop()
    expect(session.signedOut()).toBe(true)
    expect(listener).toHaveBeenCalledTimes(1)
  })
})

it('reads a refusal that is no problem document', () => {
  expect(problemFrom(502, undefined)).toMatchObject({ code: 'http.502', message: 'The agent answered with status 502.' })
})

it('fills null lists but not what a connector or vendor wrote', () => {
  expect(fillLists({ items: null, last_run: null, data: { items: null }, steps: [{ gaps: null }] })).toEqual({
    items: [],
    last_run: null,
    data: { items: null },
    steps: [{ gaps: [] }],
  })
})
