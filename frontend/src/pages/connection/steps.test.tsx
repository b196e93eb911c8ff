import { act, cleanup, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { standIn } from '@/test/agent'
import { connection, problem, run, step } from '@/test/fixtures'
import { draw } from '@/test/render'
import { Header } from './Header'
import { ProblemBlock } from '@/parts/run/ProblemBlock'
import { StepDetail } from '@/parts/run/StepDetail'
import { Freshness } from './Freshness'
import { SyncStatus } from './SyncStatus'

const start = new Date('2026-11-29T08:00:00Z')
beforeEach(() => {
  vi.useFakeTimers()
  vi.setSystemTime(start)
  standIn({ 'GET /api/v1/runs': { items: [] } })
})
afterEach(() => {
  cleanup()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const running = run({
  status: 'running', started_at: start.toISOString(), finished_at: null,
  steps: [step({ status: 'running', started_at: start.toISOString(), finished_at: null })],
})
const status = (last_run = running) => <SyncStatus connection={connection({ activity: 'running', last_run })} selected="" onSelect={() => undefined} />

it('a count of changes of a step is the way to them, and a count of what was read is none', () => {
  const one = run({ id: 'r4', connection: 'c1', steps: [step({ stream: 'accounts', read: 300, added: 1, changed: 18, removed: 0 })] })
  draw(status(one))
  const hrefs = new Set(screen.getAllByRole('link').map((link) => link.getAttribute('href')).filter((href) => href?.startsWith('/changes')))
  expect(hrefs).toEqual(new Set(['added', 'changed'].map((change) => `/changes?connection=c1&run=r4&stream=accounts&change=${change}`)))
})

describe('a run that goes on', () => {
  it('counts its seconds while it is heard of, and stops with what was known', () => {
    const view = draw(status())
    act(() => vi.advanceTimersByTime(12_000))
    expect(screen.getAllByText('12 s')).toHaveLength(2)
    view.lose(start.getTime() + 12_000)
    act(() => vi.advanceTimersByTime(60_000))
    expect(screen.getAllByText('12 s')).toHaveLength(2)
    expect(screen.getAllByText('Last known: running').length).toBeGreaterThan(0)
    expect(document.querySelector('.animate-spin')).toBeNull()
  })
})

describe('the actions of a connection', () => {
  it('that need the agent are off while it does not answer, and say why', () => {
    const view = draw(<Header connection={connection()} />)
    const sync = screen.getByRole('button', { name: 'Sync now' }) as HTMLButtonElement
    expect(sync.disabled).toBe(false)
    view.lose(start.getTime())
    expect(sync.disabled).toBe(true)
    expect(sync.title).toBe('Plumbline is not answering, so this cannot be done now.')
    expect(screen.queryByText('Healthy')).toBeNull()
  })
})

describe('an error', () => {
  const cut = problem({ code: 'interrupted', message: 'The agent was stopped.', fault: 'host' })

  it('of the run that a step already shows is said once', () => {
    draw(status(run({ status: 'interrupted', error: cut, steps: [step({ status: 'interrupted', error: cut })] })))
    expect(screen.getAllByText('The agent was stopped.')).toHaveLength(1)
  })

  it('of the run alone is said', () => {
    draw(status(run({ status: 'interrupted', error: cut, steps: [step()] })))
    expect(screen.getAllByText('The agent was stopped.')).toHaveLength(1)
  })

  it.each([
    ['cancelled', 'quiet'],
    ['interrupted', 'warn'],
    ['partial', 'warn'],
    ['failed', 'bad'],
  ] as const)('of a run that was %s is %s', (was, tone) => {
    draw(<ProblemBlock problem={cut} run={run({ status: was })} />)
    expect(document.querySelector('[data-tone]')?.getAttribute('data-tone')).toBe(tone)
  })

  it('of the one part that could not be read is said once', () => {
    const gap = problem({ message: 'Line 3 has 2 columns.', scope: 'line 3' })
    const read = (gaps: string[]) => step({ status: 'partial', error: gap, gaps: gaps.map((scope) => ({ scope, error: gap })) })
    draw(<StepDetail step={read(['line 3'])} run={run()} />)
    expect(screen.getAllByText('Line 3 has 2 columns.')).toHaveLength(1)
    cleanup()
    draw(<StepDetail step={read(['line 3', 'line 4'])} run={run()} />)
    expect(screen.getByText('2 parts could not be read')).toBeTruthy()
  })

  it('says who can fix it', () => {
    draw(<ProblemBlock problem={problem({ fault: 'connector' })} run={run()} />)
    expect(screen.getByText('Who can fix it').nextElementSibling?.textContent).toBe('The author of the connector')
  })

  it('draws the commands of its remedy, without their backticks', () => {
    draw(<ProblemBlock problem={problem({ remedy: 'Run `plumbline open` for a new link.' })} run={run()} />)
    expect(screen.getByText('plumbline open').localName).toBe('code')
    expect(document.body.textContent).not.toContain('`')
  })
})

describe('the streams of a connection', () => {
  it('that were never read offer no records', () => {
    const [accounts] = connection().streams
    if (!accounts) throw new Error('no stream')
    const never = (name: string) => ({ ...accounts, name, title: name, records: 0, first_read_at: null, last_complete_at: null, full_read_at: null })
    draw(<Freshness connection={connection({ streams: [accounts, never('Devices'), never('Tickets')] })} />)
    expect(screen.getAllByRole('link')).toHaveLength(1)
    expect(screen.getByText(/^Nothing has been read of/).textContent).toBe('Nothing has been read of Devices, Tickets.')
  })
})
