import { act, cleanup, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { keys } from '@/api/keys'
import type { Attention } from '@/api/types'
import { preferences } from '@/ui/preferences'
import { standIn } from '@/test/agent'
import { item } from '@/test/fixtures'
import { draw } from '@/test/render'
import type { Live } from './live'
import { Shell } from './Shell'
import { SignedOut } from './SignedOut'
import { Unreachable } from './Unreachable'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  act(() => preferences.set({ singleKeys: 'on' }))
})

const live: Live = { link: () => link, retry: vi.fn(), subscribe: () => () => undefined, start: () => () => undefined }
const link = { phase: 'connected' } as const
const needs = (over: Partial<Attention>): Attention => ({
  id: 'a', kind: 'failing', severity: 'error', title: 'hr is not read', why: 'it broke', action: { title: 'Open hr', href: '/connections/hr', command: '' }, ...over,
})
const status = { version: '1.0', mode: 'agent', disk: {}, developments: [], counts: {} }

function frame(attention: Attention[], path = '/') {
  standIn({
    'GET /api/v1/connections': { items: [item()], matched: 1, before: 0 }, 'GET /api/v1/connectors': { items: [] },
    'GET /api/v1/records': { items: [], matched: 0 },
  })
  return draw(<Shell live={live}>page</Shell>, { path, known: [[keys.status, status], [keys.attention, { items: attention }]] })
}

describe('the frame', () => {
  it('counts what needs the person in the navigation, at the bell and in the title', () => {
    frame([needs({}), needs({ id: 'b', kind: 'backup', severity: 'warning' }), needs({ id: 'c', kind: 'draft', severity: 'info' })])
    const nav = within(screen.getByRole('navigation', { name: 'Main' }))
    expect(nav.getByRole('link', { name: /^Home/ }).textContent).toContain('2 things need you')
    expect(nav.getByRole('link', { name: /^Connections/ }).textContent).toContain('1 thing needs you')
    expect(nav.getByRole('link', { name: /^Settings/ }).textContent).toContain('1 thing needs you')
    expect(nav.queryByRole('link', { name: /^Doctor/ })).toBeNull()
    expect(document.title).toMatch(/^\(2\)/)
    fireEvent.click(screen.getByRole('button', { name: '2 things need you' }))
    expect(screen.getAllByText('hr is not read')[0]).toBeTruthy()
  })

  it('shows Doctor and Backup while Settings or one of them is open', () => {
    frame([], '/backup')
    expect(screen.getByRole('link', { name: 'Backup', current: 'page' })).toBeTruthy()
    expect(screen.getByRole('link', { name: 'Doctor' })).toBeTruthy()
  })

  it('goes to places by two keys, and shows the keys on ?', async () => {
    const { history } = frame([])
    fireEvent.keyDown(document.body, { key: 'g' })
    fireEvent.keyDown(document.body, { key: 'l' })
    expect(history.at(-1)).toBe('/activity')
    fireEvent.keyDown(document.body, { key: '?' })
    const dialog = within(await screen.findByRole('dialog', { name: 'Keys' }))
    expect(dialog.getByText('Go to Activity')).toBeTruthy()
    fireEvent.click(dialog.getByRole('checkbox'))
    expect(preferences.get().singleKeys).toBe('off')
  })

  it('opens the palette, finds a connection and goes there by Enter', async () => {
    const { history } = frame([])
    fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true })
    const input = await screen.findByRole('combobox')
    fireEvent.change(input, { target: { value: 'hr' } })
    await screen.findByRole('option', { name: /^hr/ })
    fireEvent.keyDown(input, { key: 'Enter' })
    await waitFor(() => expect(history.at(-1)).toBe('/connections/hr'))
    expect(screen.queryByRole('combobox')).toBeNull()
  })

  it('asks for a reload once the agent is another version', () => {
    const { cache } = frame([])
    expect(screen.queryByRole('region', { name: 'Upgrade' })).toBeNull()
    act(() => void cache.setQueryData(keys.status, { ...status, version: '1.1' }))
    return waitFor(() => expect(screen.getByRole('region', { name: 'Upgrade' }).textContent).toContain('This page is of version 1.0, the agent is 1.1.'))
  })
})

describe('pages without an agent', () => {
  it('says how to get in, and why no button does it', () => {
    draw(<SignedOut />)
    expect(screen.getByText('plumbline open')).toBeTruthy()
    expect(screen.getByText('Why there is no button here')).toBeTruthy()
  })

  it('says that nothing answers, and tries again when asked', () => {
    draw(<Unreachable live={live} retryAt={Date.now() + 5_000} />)
    fireEvent.click(screen.getByRole('button', { name: 'Retry now' }))
    expect(live.retry).toHaveBeenCalledOnce()
  })
})
