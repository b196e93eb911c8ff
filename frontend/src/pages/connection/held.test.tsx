import { cleanup, fireEvent, screen, within } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import type { HeldRemoval } from '@/api/types'
import { Refused, standIn } from '@/test/agent'
import { connection, held, stream } from '@/test/fixtures'
import { draw } from '@/test/render'
import { HeldRemovals } from './HeldRemovals'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const of = (removal: HeldRemoval, activity: 'idle' | 'running' = 'idle') => connection({ activity, streams: [stream({ held: removal })] })
const names = ['Ann Berg', 'Ben Cole', 'Eva Dahl']
const list = (items: string[], next?: string) => ({ items: items.map((name, i) => ({ key: `${next ?? 'end'}-${i}`, name })), next_cursor: next })

function open(removal: HeldRemoval, routes: Record<string, unknown> = {}, activity?: 'running') {
  const asked = standIn({
    'GET /api/v1/connections/c1/held/accounts': (request: Request) =>
      new URL(request.url).searchParams.has('cursor') ? list(['Zoe Last']) : list(names, 'p2'),
    ...routes,
  })
  const view = draw(<HeldRemovals connection={of(removal, activity)} />)
  fireEvent.click(screen.getByRole('button', { name: /^See the records/ }))
  return { ...view, asked, dialog: within(screen.getByRole('dialog', { name: /^Remove/ })) }
}

it('shows who would go and by which rule before anybody agrees', async () => {
  const { dialog } = open(held())
  await dialog.findByText('Eva Dahl')
  expect(dialog.getByText(/more than half/)).toBeTruthy()
  expect(dialog.getByText('3 of 1,800 shown')).toBeTruthy()
  fireEvent.click(dialog.getByRole('button', { name: 'Show more' }))
  await dialog.findByText('Zoe Last')
  expect(dialog.getByText('4 of 1,800 shown')).toBeTruthy()
})

it('takes a large removal only with its number, and sends the list that was shown', async () => {
  const { asked, dialog } = open(held(), { 'POST /api/v1/connections/c1/sync': { id: 'r2' } })
  const remove = dialog.getByRole('button', { name: 'They are gone: sync and remove' }) as HTMLButtonElement
  expect(remove.disabled).toBe(true)
  const number = dialog.getByLabelText(/type how many there are: 1,800/)
  fireEvent.change(number, { target: { value: '1,8' } })
  expect(remove.disabled).toBe(true)
  fireEvent.change(number, { target: { value: '1,800' } })
  fireEvent.click(remove)
  await vi.waitFor(() => expect(screen.queryByRole('dialog', { name: /^Remove/ })).toBeNull())
  expect(asked.find((a) => a.method === 'POST')).toMatchObject({ path: '/api/v1/connections/c1/sync', body: { confirm_removals: true, confirm: ['h1'] } })
})

it('asks for no number where the names are few, unless all would go', () => {
  open(held({ removes: 6, known: 10 }))
  expect(screen.queryByLabelText(/type how many/)).toBeNull()
  cleanup()
  open(held({ removes: 2, known: 2, rule: 'all' }))
  expect(screen.getByLabelText(/type how many there are: 2/)).toBeTruthy()
})

it('keeps what a person says is still there', async () => {
  const { asked, dialog } = open(held(), { 'POST /api/v1/connections/c1/held/accounts/reject': connection() })
  fireEvent.click(dialog.getByRole('button', { name: 'They still exist' }))
  await vi.waitFor(() => expect(screen.queryByRole('dialog', { name: /^Remove/ })).toBeNull())
  expect(asked.find((a) => a.method === 'POST')).toMatchObject({ path: '/api/v1/connections/c1/held/accounts/reject', body: { id: 'h1' } })
})

it('says so when the list is another one by now', async () => {
  const { dialog } = open(held({ removes: 6, known: 10 }), {
    'POST /api/v1/connections/c1/sync': new Refused(409, { code: 'conflict', detail: 'the list changed since it was looked at', remedy: 'Look again.' }),
  })
  fireEvent.click(dialog.getByRole('button', { name: 'They are gone: sync and remove' }))
  expect((await dialog.findByRole('alert')).textContent).toBe('The list changed since it was looked at. Look again.')
})

it('waits for a run that is on its way', () => {
  const { dialog } = open(held({ removes: 6, known: 10 }), {}, 'running')
  expect((dialog.getByRole('button', { name: 'They are gone: sync and remove' }) as HTMLButtonElement).disabled).toBe(true)
  expect(dialog.getByText(/is on its way/)).toBeTruthy()
})

it('is quiet about what was rejected, and still shows it', () => {
  const { dialog } = open(held({ rejected_at: '2026-11-29T09:00:00Z' }))
  expect(document.querySelector('[data-held]')?.getAttribute('data-waits')).toBe('false')
  expect(dialog.queryByRole('button', { name: 'They still exist' })).toBeNull()
})
