import { beforeEach, describe, expect, it, vi } from 'vitest'
import { connector, item, record } from '@/test/fixtures'
import { commandsFor, type Doing } from './commands'
import { remember } from './recent'

const doing = (): Doing => ({ go: vi.fn(), sync: vi.fn(), pause: vi.fn(), resume: vi.fn(), theme: vi.fn(), showKeys: vi.fn() })
const known = {
  connections: [item({ alias: 'okta-prod', id: 'c1', connector_name: 'Okta' }), item({ alias: 'hr', id: 'c2', paused: { since: '', by: 'person' as const, reason: '' } })],
  connectors: [connector({ id: 'github', name: 'GitHub', vendor: 'Microsoft' }), connector({ id: 'bad', name: 'GitBad', problem: { code: 'x', message: '' } })],
  records: [record({ data: { name: 'Ann Berg', email: 'ann@example.com' } })],
}
const titles = (typed: string, of = doing(), what = known) =>
  Object.fromEntries(commandsFor(typed, what, of).map(({ value, items }) => [value, items.map(({ title }) => title)]))

beforeEach(() => window.localStorage.clear())

describe('the palette', () => {
  it('begins with what was open lately, by its present name, then the places', () => {
    remember('/connections/c1/edit')
    remember('/connections')
    const groups = titles('')
    expect(groups.Recent).toEqual(['okta-prod / edit'])
    expect(groups['Go to']).toContain('Backup')
    expect(groups.Connect).toBeUndefined()
  })

  it('finds connections by alias and by what they connect, and what can be done to them', () => {
    const groups = titles('okta')
    expect(groups.Connections).toEqual(['okta-prod'])
    expect(groups.Do).toEqual(['Sync okta-prod', 'Pause okta-prod', 'Edit okta-prod'])
    expect(titles('resume').Do).toEqual(['Resume hr'])
  })

  it('offers connectors that work, records, and a search for what was typed', () => {
    const groups = titles('git')
    expect(groups.Connect).toEqual(['Connect GitHub'])
    expect(groups.Records).toEqual(['Ann Berg', 'Search accounts for “git”', 'Search people for “git”'])
  })

  it('does what it says', () => {
    const of = doing()
    const all = commandsFor('okta', known, of).flatMap(({ items }) => items)
    for (const title of ['okta-prod', 'Sync okta-prod', 'Search people for “okta”']) all.find((one) => one.title === title)?.run()
    expect(of.go).toHaveBeenCalledWith('/connections/okta-prod')
    expect(of.go).toHaveBeenCalledWith('/people?q=okta')
    expect(of.sync).toHaveBeenCalledWith(known.connections[0])
  })

  it('offers a few of a thousand, and makes no commands of the rest', () => {
    const connections = Array.from({ length: 1_000 }, (_, i) => item({ id: `c${i}`, alias: `connection-${i}` }))
    const groups = titles('connection', doing(), { ...known, connections })
    expect([groups.Connections?.length, groups.Do?.length]).toEqual([6, 6])
    expect(titles('pause connection-999', doing(), { ...known, connections }).Do).toEqual(['Pause connection-999'])
  })
})
