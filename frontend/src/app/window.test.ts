import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { Shell } from '@/lib/shell'
import { saveText } from '@/lib/save'
import { preferences } from '@/ui/preferences'
import { notify } from '@/ui/Toasts'
import { layers } from './layers'
import { joinWindow } from './window'

let menu: (...words: string[]) => void = () => undefined
let clipboard = ''
const command = vi.fn<typeof document.execCommand>()

beforeEach(() => {
  document.execCommand = command.mockReset().mockReturnValue(true)
  clipboard = ''
  window.__PLUMBLINE_WINDOW__ = true
  window.runtime = {
    EventsOn: (_, listener) => (menu = listener),
    ClipboardGetText: () => Promise.resolve(clipboard),
    ClipboardSetText: (text) => Promise.resolve(((clipboard = text), true)),
  }
  joinWindow()
})

afterEach(() => {
  delete window.runtime
  delete window.plumblineSaveFile
  delete window.__PLUMBLINE_WINDOW__
  Reflect.deleteProperty(globalThis, 'go')
  document.body.replaceChildren()
})

function field(type: string, value: string) {
  const input = document.createElement('input')
  Object.assign(input, { type, value })
  document.body.append(input)
  input.focus()
  input.setSelectionRange(0, 4)
}

it('goes where a menu, a link or a notice leads', () => {
  menu('go', '/connections/okta')
  expect(window.location.hash).toBe('#/connections/okta')
})

it('asks where it is to go once it listens', async () => {
  Object.assign(globalThis, { go: { main: { Shell: { Ready: () => Promise.resolve('/doctor') } } } })
  joinWindow()
  await vi.waitFor(() => expect(window.location.hash).toBe('#/doctor'))
})

it('opens the layers and sets the theme', () => {
  menu('palette')
  expect(layers.get()).toBe('palette')
  menu('keys')
  expect(layers.get()).toBe('keys')
  layers.show(undefined)
  menu('theme', 'dark')
  expect(preferences.get().theme).toBe('dark')
})

it('does nothing that it does not know', () => {
  const before = window.location.href
  menu('disconnect', 'okta')
  expect([window.location.href, layers.get()]).toEqual([before, undefined])
})

it('copies, cuts and pastes what is selected in a field', async () => {
  field('text', 'okta-one')
  menu('copy')
  menu('cut')
  clipboard = 'other'
  menu('paste')
  await vi.waitFor(() => expect(command).toHaveBeenLastCalledWith('insertText', false, 'other'))
  expect(command.mock.calls.map(([name]) => name)).toEqual(['copy', 'cut', 'insertText'])
})

it('has the program take the clipboard where the web view does not', async () => {
  command.mockImplementation((name) => name === 'delete')
  field('text', 'okta-one')
  menu('copy')
  await vi.waitFor(() => expect(clipboard).toBe('okta'))
  clipboard = ''
  menu('cut')
  await vi.waitFor(() => expect(clipboard).toBe('okta'))
  expect(command.mock.calls.map(([name]) => name)).toEqual(['copy', 'cut', 'delete'])
})

it('copies nothing of a field that hides its text', () => {
  clipboard = 'kept'
  command.mockReturnValue(false)
  field('password', 'secret')
  menu('copy')
  menu('cut')
  expect([clipboard, command.mock.calls]).toEqual(['kept', []])
})

it('saves files of the agent and texts of the page, and says where', async () => {
  const done = vi.spyOn(notify, 'done').mockReturnValue('')
  const shell: Partial<Shell> = {
    SaveFile: (_, name) => Promise.resolve(`/home/x/Downloads/${name}`),
    SaveText: (name) => Promise.resolve(`/home/x/Downloads/${name}`),
  }
  Object.assign(globalThis, { go: { main: { Shell: shell } } })
  await expect(window.plumblineSaveFile?.('/api/v1/exports/x/file', 'a.csv')).resolves.toBe(true)
  saveText('b.txt', 'text/plain', ['a', 'b'])
  await vi.waitFor(() => expect(done.mock.calls).toEqual([['Saved as /home/x/Downloads/a.csv'], ['Saved as /home/x/Downloads/b.txt']]))
})

it('says why a file was not saved', async () => {
  const failed = vi.spyOn(notify, 'failed').mockReturnValue('')
  Object.assign(globalThis, { go: { main: { Shell: { SaveFile: () => Promise.reject(new Error('create file: no space left on device')) } } } })
  await expect(window.plumblineSaveFile?.('/api/v1/exports/x/file', 'a.csv')).resolves.toBe(false)
  expect(failed).toHaveBeenCalledOnce()
})
