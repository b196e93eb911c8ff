import { cleanup, fireEvent, screen, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Refused, standIn } from '@/test/agent'
import { connector, item, run, step } from '@/test/fixtures'
import { draw } from '@/test/render'
import { testList } from '@/test/tests'
import { HomePage } from './HomePage'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const attention = [
  { id: 'a', kind: 'failing', severity: 'error', title: 'hr is not read', why: 'it broke', remedy: 'Look.', fault: 'upstream', owner: 'anna', since: '2026-01-01T00:00:00Z', action: { title: 'Open hr', href: '/connections/hr', command: '' } },
]
const answers = (connections: object[], needs: unknown = { items: attention }, tests: unknown = testList()) => ({
  'GET /api/v1/tests': tests,
  'GET /api/v1/connections': { items: connections, matched: connections.length, before: 0 },
  'GET /api/v1/attention': needs,
  'GET /api/v1/connectors': { items: [connector({ categories: ['identity'] }), connector({ id: 'x', categories: ['ticketing'] })] },
  'GET /api/v1/runs': { items: [run({ id: 'r9', steps: [step({ added: 1_200, changed: 3, removed: 0 })] }), run({ id: 'r8', steps: [step({ added: 0 })] })] },
})

describe('Home', () => {
  it('lists what needs the person, with why, who can fix it and the one thing to do', async () => {
    standIn(answers([item()]))
    draw(<HomePage />)
    const row = (await screen.findByRole('heading', { name: 'hr is not read' })).closest('li') as HTMLElement
    expect(row.textContent).toContain('It broke. Look.')
    expect(row.textContent).toContain('The vendor can fix it')
    expect(row.textContent).toContain('looked after by anna')
    expect(within(row).getByRole('link', { name: 'Open hr: hr is not read' }).getAttribute('href')).toBe('/connections/hr')
  })

  it('does not say that nothing is wrong while connectors are still being asked what they are', async () => {
    standIn({ ...answers([item()], { items: [], describing: 2 }), 'GET /api/v1/connectors': { items: [connector()], describing: 2 } })
    draw(<HomePage />)
    expect(await screen.findByText('Nothing needs you as far as is known yet.')).toBeTruthy()
    expect(screen.getByText('2 connectors are still being asked what they are. They are added here as they answer.')).toBeTruthy()
    expect(screen.queryByText(/Every connection is read as it should be/)).toBeNull()
  })

  it('leads to the tests that fail, and counts none as passing that is not proven', async () => {
    standIn(answers([item()], { items: [] }, testList([], { tests: 9, failing: 2, passing: 3, unproven: 1, stale: 1, empty: 1, unused: 0, disabled: 1, error: 0 })))
    draw(<HomePage />)
    const fails = await screen.findByRole('link', { name: '2 tests fail' })
    expect(fails.getAttribute('href')).toBe('/tests?state=failing')
    expect(screen.getByRole('link', { name: '3 pass' }).getAttribute('href')).toBe('/tests?state=passing')
    expect(screen.getByRole('link', { name: '4 are not proven' }).getAttribute('href')).toContain('state=stale&state=unproven')
  })

  it('says nothing of tests that no connection supplies', async () => {
    standIn(answers([item()], { items: [] }, testList([], { tests: 9, failing: 0, passing: 0, unproven: 0, stale: 0, empty: 0, unused: 9, error: 0, disabled: 0 })))
    draw(<HomePage />)
    await screen.findByRole('heading', { name: 'Connections' })
    expect(screen.queryByRole('heading', { name: 'Tests' })).toBeNull()
  })

  it('has a cell for each connection, gone through by arrow keys', async () => {
    standIn(answers([item({ id: '1', alias: 'bad', health: 'unhealthy', reason: 'failing' }), item({ id: '2', alias: 'good' })]))
    draw(<HomePage />)
    const first = await screen.findByRole('link', { name: 'bad: Unhealthy, failing' })
    const second = screen.getByRole('link', { name: 'good: Healthy, on time' })
    expect([first.tabIndex, second.tabIndex]).toEqual([0, -1])
    first.focus()
    fireEvent.keyDown(first, { key: 'ArrowRight' })
    expect(document.activeElement).toBe(second)
    expect(document.querySelector('[data-chosen]')?.textContent).toContain('good · Healthy, on time')
  })

  it('leads from what a run changed to the changes, and leaves out runs that changed nothing', async () => {
    standIn(answers([item()]))
    draw(<HomePage />)
    const link = await screen.findByRole('link', { name: 'hr: 1,200 added, 3 changed, 0 removed' })
    expect(link.getAttribute('href')).toBe('/changes?run=r9')
    expect(link.textContent).toBe('hr +1,200 ~3')
    expect(document.querySelector('a[href="/changes?run=r8"]')).toBeNull()
  })

  it('ticks the steps that are done until all are', async () => {
    standIn(answers([item({ categories: ['identity'] })]))
    draw(<HomePage />)
    expect(await screen.findByText('1 of 2')).toBeTruthy()
    cleanup()
    standIn(answers([item({ categories: ['identity', 'ticketing'] })]))
    draw(<HomePage />)
    await screen.findByText('Next syncs')
    await screen.findByRole('link', { name: /1,200 added/ })
    expect(screen.queryByText('Getting started')).toBeNull()
  })

  it('says what will be here before anything is connected, with one thing to do', async () => {
    standIn(answers([]))
    draw(<HomePage />)
    await screen.findByRole('heading', { name: 'Nothing is connected yet' })
    expect(screen.getByRole('link', { name: 'Connect your identity provider' }).getAttribute('href')).toBe('/connections/available?category=identity')
  })

  it('keeps the rest when what needs the person cannot be read', async () => {
    standIn(answers([item()], new Refused(500, { code: 'internal', detail: 'the store is damaged' })))
    draw(<HomePage />)
    expect(await screen.findByText('What needs you could not be loaded')).toBeTruthy()
    expect(screen.getByText('Next syncs')).toBeTruthy()
  })
})
