import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import type { Background, Shell } from '@/lib/shell'
import { draw } from '@/test/render'
import { WindowSettings } from './WindowSettings'

const off: Background = { name: 'plumbline.service', installed: false, running: false, did: [] }
const on: Background = { ...off, installed: true, running: true, file: '/units/plumbline.service', did: ['wrote /units/plumbline.service', 'started the agent'] }

const theSwitch = () => screen.getByRole<HTMLInputElement>('switch', { name: 'Keep syncing in the background' })
const said = () => screen.getByRole('status').textContent

function withShell(shell: Partial<Shell>) {
  Object.assign(globalThis, { go: { main: { Shell: shell } } })
}

afterEach(() => {
  cleanup()
  Reflect.deleteProperty(globalThis, 'go')
})

it('turns the service on and says what was done', async () => {
  const set = vi.fn<Shell['SetBackground']>().mockResolvedValue(on)
  withShell({ Background: () => Promise.resolve(off), SetBackground: set })
  draw(<WindowSettings />)
  await waitFor(() => expect(theSwitch().disabled).toBe(false))
  expect(theSwitch().checked).toBe(false)
  fireEvent.click(theSwitch())
  await waitFor(() => expect(said()).toContain('On: the agent runs, also after you close this window.'))
  expect(set).toHaveBeenCalledWith(true)
  expect(theSwitch().checked).toBe(true)
  expect(said()).toContain('Done: wrote /units/plumbline.service, started the agent.')
})

it('says why it cannot be turned on, and stays off', async () => {
  const refused = { ...off, problem: 'an agent that was started by hand syncs already', remedy: 'Stop it, then turn this on.' }
  withShell({ Background: () => Promise.resolve(off), SetBackground: () => Promise.resolve(refused) })
  draw(<WindowSettings />)
  await waitFor(() => expect(theSwitch().disabled).toBe(false))
  fireEvent.click(theSwitch())
  await waitFor(() => expect(said()).toContain('An agent that was started by hand syncs already. Stop it, then turn this on.'))
  expect(theSwitch().checked).toBe(false)
})

it('is no switch where the system has no service, and says so', async () => {
  withShell({ Background: () => Promise.resolve({ ...off, name: '', problem: 'Plumbline installs no service on windows' }) })
  draw(<WindowSettings />)
  await waitFor(() => expect(said()).toContain('Plumbline installs no service on windows'))
  expect(theSwitch().disabled).toBe(true)
})
