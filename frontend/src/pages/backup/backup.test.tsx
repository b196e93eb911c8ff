import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import type { Task } from '@/api/types'
import { Refused, standIn } from '@/test/agent'
import { draw } from '@/test/render'
import BackupPage from './BackupPage'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const task = (over: Partial<Task> = {}): Task => ({
  id: 't1', version: 1, kind: 'backup', status: 'running', phase: 'Writing', done: 30, total: 120, started_at: '2026-11-29T08:08:00Z', ...over,
})
const storage = { disk: {}, bytes: 0, key: 'The key is in a file', backup_dir: '/data/backups' }
const answers = { 'GET /api/v1/storage': storage, 'GET /api/v1/backups': { items: [] }, 'GET /api/v1/tasks': { items: [] } }
const type = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } })

it('asks for the passphrase twice, and backs up once they agree', async () => {
  const asked = standIn({ ...answers, 'POST /api/v1/backups': task() })
  draw(<BackupPage />)
  type('Passphrase, at least 12 characters', 'correct horse battery')
  type('The same again', 'correct horse')
  fireEvent.click(screen.getByRole('button', { name: 'Back up' }))
  expect(screen.getByText('The two are not the same.')).toBeTruthy()
  expect(asked.some(({ method }) => method === 'POST')).toBe(false)
  type('The same again', 'correct horse battery')
  fireEvent.click(screen.getByRole('button', { name: 'Back up' }))
  const bar = await screen.findByRole('progressbar')
  expect(bar.getAttribute('aria-valuenow')).toBe('25')
  expect(asked.find(({ method }) => method === 'POST')?.body).toEqual({ passphrase: 'correct horse battery' })
})

it('shows at the field what the host refuses, and keeps what was typed', async () => {
  const refusal = { code: 'invalid', detail: 'no', fields: [{ field: 'file', message: 'must be an absolute path' }] }
  standIn({ ...answers, 'POST /api/v1/backups': new Refused(422, refusal) })
  draw(<BackupPage />)
  fireEvent.click(screen.getByRole('button', { name: 'The key of this data directory' }))
  fireEvent.change(screen.getByLabelText(/^File/), { target: { value: 'here' } })
  fireEvent.click(screen.getByRole('button', { name: 'Back up' }))
  await screen.findByText('must be an absolute path')
  expect((screen.getByLabelText(/^File/) as HTMLInputElement).value).toBe('here')
})

it('cancels a backup that another screen began', async () => {
  const asked = standIn({ ...answers, 'GET /api/v1/tasks': { items: [task()] }, 'POST /api/v1/tasks/t1/cancel': task({ status: 'cancelled' }) })
  draw(<BackupPage />)
  fireEvent.click((await screen.findAllByRole('button', { name: 'Cancel' }))[0] as HTMLElement)
  await waitFor(() => expect(asked.some(({ path }) => path === '/api/v1/tasks/t1/cancel')).toBe(true))
})
