import { cleanup, configure, fireEvent, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { testStates } from '@/api/tests'
import { totalsSentence } from '@/parts/tests/words'
import { Refused, standIn } from '@/test/agent'
import { expectAccessible } from '@/test/axe'
import { draw } from '@/test/render'
import { judged, reading, testList } from '@/test/tests'
import TestsPage from './TestsPage'

// axe looks at whole pages, which takes a busy machine a while.
vi.setConfig({ testTimeout: 60_000 })
configure({ asyncUtilTimeout: 20_000 })

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

function open(answer: unknown, path = '/tests') {
  const searches: string[] = []
  standIn({
    'GET /api/v1/categories': { items: [{ id: 'identity', title: 'Identity' }] },
    'GET /api/v1/tests': (request: Request) => {
      searches.push(new URL(request.url).search)
      return typeof answer === 'function' ? (answer as () => unknown)() : answer
    },
  })
  const view = draw(<TestsPage />, { path })
  return { ...view, searches, address: () => view.history.at(-1) }
}

const row = (index: number) => document.querySelector<HTMLElement>(`[data-place="${index}:-1"]`)
const button = (name: string | RegExp) => screen.getByRole('button', { name })

describe('the tests', () => {
  it('are listed with what they found, filtered and sorted in the address, and opened by a key', async () => {
    const { address, searches } = open(testList([judged(), judged({ id: 'disk', title: 'Disks are encrypted', result: { state: 'passing' } })], { tests: 3, passing: 2 }))
    await screen.findByRole('grid', { name: 'Tests' })
    expect(row(0)?.textContent).toContain('People sign in with a second factor')
    expect(row(0)?.textContent).toContain('Failing')
    expect(screen.getByText('2 of 3 tests pass. 1 fails.')).toBeTruthy()
    await expectAccessible()
    fireEvent.click(button(/^Failing/))
    fireEvent.click(button(/^Passing/))
    expect(address()).toBe('/tests?state=failing&state=passing')
    fireEvent.click(button(/^Failing/))
    expect(address()).toBe('/tests?state=passing')
    fireEvent.click(screen.getAllByRole('button', { name: 'Severity' })[0] as Element)
    fireEvent.click(await screen.findByRole('checkbox', { name: /^High/ }))
    expect(address()).toBe('/tests?state=passing&severity=high')
    fireEvent.click(screen.getByRole('button', { name: 'Fail', hidden: true }))
    await vi.waitFor(() => expect(searches.at(-1)).toBe('?state=passing&severity=high&sort=fail'))
    fireEvent.keyDown(row(0) as Element, { key: 'Enter' })
    expect(address()).toBe('/tests/mfa')
  })

  it('have a green sign in no state but passing, and a word in each', async () => {
    open(testList(testStates.map((state) => judged({ id: state, title: state, result: { state } }))))
    await screen.findByRole('grid', { name: 'Tests' })
    for (const state of testStates) {
      const chip = document.querySelector(`[role=grid] [data-state=${state}]`)
      expect(chip?.textContent?.toLowerCase()).toBe(state)
      expect(chip?.querySelector('svg')).toBeTruthy()
      expect(Boolean(chip?.querySelector('.text-ok'))).toBe(state === 'passing')
    }
  })

  it('are all without records until something supplies them; the list can be read all the same', async () => {
    const { address } = open(testList([judged({ result: { state: 'unused', sources: [] } })], { tests: 101, failing: 0, unused: 101 }))
    await screen.findByText('Nothing is supplied for tests yet')
    expect(screen.getByRole('link', { name: 'Connect your identity provider' }).getAttribute('href')).toBe('/connections/available?category=identity')
    expect(screen.queryByRole('grid')).toBeNull()
    await expectAccessible()
    fireEvent.click(button('Show the 101 tests'))
    expect(address()).toBe('/tests?state=unused')
    await screen.findByRole('grid', { name: 'Tests' })
  })

  it('are not to be had, or none matches', async () => {
    let answer: unknown = new Refused(503, { code: 'busy', detail: 'the journal is busy' })
    const { address } = open(() => answer, '/tests?q=nothing')
    expect(screen.getByRole('status', { name: 'Loading the tests' })).toBeTruthy()
    await screen.findByText('The tests could not be loaded')
    answer = testList([], { tests: 3 })
    fireEvent.click(button('Try again'))
    await screen.findByText('No test matches')
    fireEvent.click(screen.getAllByRole('button', { name: 'Clear the filters' }).at(-1) as Element)
    expect(address()).toBe('/tests')
  })

  it('say that a source was never read', async () => {
    open(testList([judged({ as_of: undefined, result: { sources: [reading({ as_of: undefined })] } })]))
    await screen.findByRole('grid', { name: 'Tests' })
    expect(row(0)?.textContent).toContain('never read')
  })
})

describe('the sentence above', () => {
  it('counts every test once and says why those that are not proven are not', () => {
    const said = totalsSentence({ tests: 21, passing: 1, failing: 2, error: 3, stale: 1, unproven: 4, empty: 4, unused: 5, disabled: 1 })
    expect(said).toBe(
      '1 of 21 tests pass. 2 fail. 18 are not proven: 4 for a fact that is not known or a list that was not read whole, 1 for a list that is too old, '
      + '3 that could not be judged, 4 with nothing in scope, 5 that no connection supplies records for, and 1 that a person turned off.',
    )
  })

  it('says no more where all pass', () => {
    expect(totalsSentence({ tests: 2, passing: 2, failing: 0, error: 0, stale: 0, unproven: 0, empty: 0, unused: 0, disabled: 0 })).toBe('2 of 2 tests pass.')
  })
})
