import { cleanup, fireEvent, screen, within } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Log } from '@/api/types'
import { standIn } from '@/test/agent'
import { connection, problem, run, step } from '@/test/fixtures'
import { draw } from '@/test/render'
import { barOf, spanOf } from './bars'
import { splitAt } from './LogLine'
import { lineTime } from './logState'
import RunPage from './RunPage'
import { written } from './useDownload'

const million = 1_000_000
const lineOf = (number: number): Log => ({
  number, at: new Date(Date.parse('2026-11-29T08:08:00Z') + number).toISOString(), level: number % 1_000 === 0 ? 'error' : 'info', step: 'accounts',
  message: `GET /users page ${number}`,
})

beforeEach(() => {
  // jsdom lays nothing out: the log has the size that a screen gives it.
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(480)
  vi.spyOn(Element.prototype, 'clientWidth', 'get').mockReturnValue(800)
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

/** An agent whose log has a million lines, each thousandth an error. */
function agent(one = run()) {
  const asked: URLSearchParams[] = []
  standIn({
    'GET /api/v1/runs/r1': one,
    'GET /api/v1/runs': { items: [one] },
    'GET /api/v1/connections/c1': connection(),
    'GET /api/v1/runs/r1/logs': (request: Request) => {
      const { searchParams } = new URL(request.url)
      asked.push(searchParams)
      const after = Number(searchParams.get('after') ?? 0)
      const limit = Number(searchParams.get('limit'))
      if (searchParams.has('q') || searchParams.has('level')) {
        const items = [1_000, 2_000, 900_000].map(lineOf)
        return { items, lines: million, matches: items.length }
      }
      return { items: Array.from({ length: Math.min(limit, million - after) }, (_, i) => lineOf(after + i + 1)), lines: million }
    },
  })
  return asked
}

describe('a log of a million lines', () => {
  it('draws and fetches what is in sight', async () => {
    const asked = agent()
    draw(<RunPage id="r1" />, { path: '/runs/r1' })
    await screen.findByText('GET /users page 1')
    expect(screen.getByText('1,000,000 lines')).toBeTruthy()
    expect(document.querySelectorAll('[data-line]').length).toBeLessThan(100)
    expect(asked.every((params) => Number(params.get('limit')) <= 500)).toBe(true)
  })

  it('finds in all lines, hides none, and goes round the matches', async () => {
    agent()
    draw(<RunPage id="r1" />, { path: '/runs/r1?q=page' })
    await screen.findByText('3 matches')
    const next = screen.getByRole('button', { name: 'Next match' })
    fireEvent.click(next)
    await screen.findByText('1 of 3')
    fireEvent.keyDown(document.body, { key: 'N' })
    await screen.findByText('3 of 3')
    fireEvent.keyDown(document.body, { key: 'n' })
    await screen.findByText('1 of 3')
    expect(screen.getByText('1,000,000 lines')).toBeTruthy()
  })

  it('shows the lines of a level alone, with how many there are', async () => {
    agent()
    const { history } = draw(<RunPage id="r1" />, { path: '/runs/r1' })
    fireEvent.change(await screen.findByLabelText('Level'), { target: { value: 'error' } })
    await screen.findByText('GET /users page 900000')
    expect(screen.getByText('3 of 1,000,000 lines')).toBeTruthy()
    expect(history.at(-1)).toBe('/runs/r1?level=error')
  })

  it('is exported with the level and the step that it shows', async () => {
    agent()
    draw(<RunPage id="r1" />, { path: '/runs/r1?level=error&step=accounts' })
    fireEvent.click(await screen.findByRole('button', { name: 'Export' }))
    const dialog = screen.getByRole('dialog').textContent
    expect(dialog).toContain('A run of hr')
    expect(dialog).toContain('Level: Errors only')
    expect(dialog).toContain('Only Read accounts')
  })

  it('links to a line', async () => {
    agent()
    const { history } = draw(<RunPage id="r1" />, { path: '/runs/r1' })
    fireEvent.click(await screen.findByRole('button', { name: 'Link to line 2' }))
    expect(history.at(-1)).toBe('/runs/r1?line=2')
    expect(screen.getByRole('button', { name: 'Link to line 2' }).getAttribute('aria-pressed')).toBe('true')
  })
})

it('a run that failed says the error of each step once', async () => {
  const refused = problem()
  agent(run({ status: 'failed', error: refused, steps: [step({ status: 'failed', error: refused }), step({ name: 'b', status: 'failed', error: refused })] }))
  draw(<RunPage id="r1" />, { path: '/runs/r1' })
  expect(await screen.findAllByText('The key was refused.')).toHaveLength(1)
  expect(within(screen.getByRole('list', { name: 'Timeline' })).getAllByRole('button')).toHaveLength(2)
})

describe('the timeline', () => {
  const span = spanOf(run({ queued_at: '2026-11-29T08:00:00Z', finished_at: '2026-11-29T08:00:10Z' }), 0)
  it('shows waits apart from work', () => {
    const one = step({ started_at: '2026-11-29T08:00:02Z', finished_at: '2026-11-29T08:00:07Z', waited_seconds: 4 })
    expect(barOf(one, span)).toEqual({ left: 20, work: 10, wait: 40 })
  })
  it('has nothing of a step that did not begin', () => {
    expect(barOf(step({ started_at: null }), span)).toEqual({ left: 0, work: 0, wait: 0 })
  })
})

describe('a line', () => {
  it('has its time as the reader wants it', () => {
    const at = '2026-11-29T08:09:01.250Z'
    expect(lineTime(at, 'utc', null)).toBe('08:09:01.250Z')
    expect(lineTime(at, 'relative', '2026-11-29T08:08:00Z')).toBe('+1:01.250')
  })
  it('is cut where it has what was searched for', () => {
    expect(splitAt('Page and page', 'PAGE')).toEqual(['', 'Page', ' and ', 'page', ''])
    expect(splitAt('none', 'page')).toEqual(['none'])
  })
  it('is saved without what a terminal would act on', () => {
    expect(written({ number: 1, at: 'T', level: 'info', message: 'a\u001b[31m' }, 'log')).not.toContain('\u001b')
  })
})
