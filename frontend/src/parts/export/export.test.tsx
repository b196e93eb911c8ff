import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { Refused, standIn } from '@/test/agent'
import { draw } from '@/test/render'
import { ExportButton } from './ExportButton'

const saved = vi.fn<(path: string, name: string) => Promise<boolean>>()

beforeEach(() => {
  window.plumblineSaveFile = saved.mockReset().mockResolvedValue(true)
})
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
  delete window.plumblineSaveFile
})

const task = (over: object) => ({ id: 't1', version: 1, kind: 'export', status: 'running', phase: 'write', done: 0, total: 0, started_at: '2026-11-30T06:00:00Z', ...over })
const made = { id: 't1', file: 'accounts.csv', rows: 7, bytes: 5100, sha256: 'ab', status: 'done' }

function open(answers: object) {
  const asked = standIn(answers as Record<string, unknown>)
  draw(
    <ExportButton
      list="records"
      filter={{ kind: 'account', q: 'ann' }}
      conditions={['Holds “ann”']}
      rows={7}
      sources={[{ connection: 'c1', alias: 'payroll', connector_name: 'CSV', state: 'failing', explanation: 'it could not sign in', health: 'unhealthy', reason: 'failing', streams: [], records: 3, first_read_at: null, last_complete_at: null }]}
    />,
  )
  fireEvent.click(screen.getByRole('button', { name: 'Export' }))
  return asked
}

const begin = () => fireEvent.click(screen.getAllByRole('button', { name: 'Export', hidden: true }).at(-1) as Element)

it('says what the file will be, writes it, and hands it over once', async () => {
  const asked = open({ 'POST /api/v1/exports': task({}), 'GET /api/v1/tasks/t1': task({ version: 2, status: 'done', done: 7, export: made }) })
  expect(screen.getByRole('dialog').textContent).toContain('payroll: It could not sign in.')
  fireEvent.click(screen.getByRole('radio', { name: /JSON Lines/ }))
  begin()
  await screen.findByText('7 rows, 5.1 kB. The file is being saved.')
  expect(asked[0]?.body).toEqual({ what: 'records', format: 'jsonl', kind: 'account', q: 'ann' })
  expect(saved.mock.calls).toEqual([['/api/v1/exports/t1/file', 'accounts.csv']])
})

it('shows how far it is, and can be stopped', async () => {
  let stopped = false
  open({
    'POST /api/v1/exports': task({}),
    'GET /api/v1/tasks/t1': () => task(stopped ? { version: 3, status: 'cancelled', done: 3 } : { version: 2, done: 3 }),
    'POST /api/v1/tasks/t1/cancel': () => {
      stopped = true
      return task({ version: 2, done: 3 })
    },
  })
  begin()
  await screen.findByText('3 of 7 rows written')
  fireEvent.click(screen.getByRole('button', { name: 'Stop' }))
  await screen.findByText('The export was stopped. There is no file.')
  expect(saved).not.toHaveBeenCalled()
})

it('says why there is no file, and lets it be tried again', async () => {
  open({ 'POST /api/v1/exports': new Refused(507, { code: 'disk.full', detail: 'the disk is full', remedy: 'Make room.' }) })
  begin()
  await waitFor(() => expect(screen.getByRole('alert').textContent).toBe('The disk is full. Make room.'))
  expect(screen.getByRole('button', { name: 'Try again' })).toBeDefined()
})
