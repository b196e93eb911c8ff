import { cleanup, configure, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Control } from '@/api/assurance'
import { Refused, standIn } from '@/test/agent'
import { expectAccessible } from '@/test/axe'
import { draw } from '@/test/render'
import PacksPage from './PacksPage'
import { controlsOf, lastYear } from './Wizard'

// axe looks at whole pages, which takes a busy machine a while.
vi.setConfig({ testTimeout: 60_000 })
configure({ asyncUtilTimeout: 20_000 })

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const at = '2026-11-29T08:08:00Z'
const control = (id: string, over: Partial<Control> = {}) =>
  ({ id, title: `Control ${id}`, own: false, state: 'passing', requirements: [{ framework: 'soc2', id: 'CC6.1' }], ...over }) as Control
const pack = {
  id: 'p1', framework: 'soc2', from: '2026-01-01T00:00:00Z', until: '2026-06-30T23:59:59Z', moment: '2026-06-30T23:59:59Z', started_at: at, finished_at: at, status: 'done', kept: true,
  file: 'evidence.zip', bytes: 2048, records: 30, sha256: 'ab', by: { kind: 'person', id: '1', name: 'anna', auth: 'peer' },
}
const task = (over: object) => ({ id: 't1', kind: 'pack', status: 'running', phase: 'writing', done: 3, total: 0, version: 1, started_at: at, ...over })

const open = (more: Record<string, unknown> = {}) => {
  const asked = standIn({
    'GET /api/v1/frameworks': { items: [{ id: 'soc2', title: 'SOC 2' }, { id: 'iso27001', title: 'ISO 27001' }] },
    'GET /api/v1/controls': { items: [control('a'), control('b'), control('c', { requirements: [] })] },
    'GET /api/v1/evidence-packs': { items: [] }, 'GET /api/v1/evidence-packs/key': { made: false, former: [] }, ...more,
  })
  draw(<PacksPage />, { path: '/evidence/packs' })
  return asked
}

describe('evidence packs', () => {
  it('can be of controls that meet a requirement of the framework by themselves, and of the year before', () => {
    const added = control('d', { requirements: [{ framework: 'soc2', id: 'CC1', added: true }] })
    expect(controlsOf('soc2', [control('a'), added, control('e', { own: true }), control('f', { requirements: [] })]).map(({ id }) => id)).toEqual(['a'])
    expect(lastYear(new Date('2026-11-30T12:00:00Z'))).toEqual({ from: '2025-12-01', to: '2026-11-30' })
  })

  it('are previewed with their sizes and what limits them, and forgotten when the question changes', async () => {
    const asked = open({
      'POST /api/v1/evidence-packs': task({ status: 'done' }),
      'GET /api/v1/evidence-packs/t1': { ...pack, id: 't1', preview: true, kept: false, notices: ['okta was not read on 3 days'], files: [{ name: 'results/mfa.csv', bytes: 4096, records: 30 }] },
    })
    fireEvent.change(await screen.findByLabelText('First day'), { target: { value: '2026-01-01' } })
    fireEvent.change(screen.getByLabelText('Last day'), { target: { value: '2026-06-30' } })
    fireEvent.click(screen.getByRole('button', { name: /^Choose/ }))
    expect(screen.getByText('Tick at least one control.')).toBeTruthy()
    expect(screen.getByRole<HTMLButtonElement>('button', { name: 'Preview' }).disabled).toBe(true)
    expect(screen.getAllByRole('checkbox')).toHaveLength(2)
    fireEvent.click(screen.getByRole('checkbox', { name: /Control b/ }))
    fireEvent.click(screen.getByRole('button', { name: 'Preview' }))
    await screen.findByText('The pack would hold 30 records in 1 file, 2.0 kB in all.')
    expect(screen.getByText('Okta was not read on 3 days.')).toBeTruthy()
    expect(screen.getByRole('row', { name: /results\/mfa\.csv/ }).textContent).toContain('4.1 kB')
    expect(asked.find(({ method }) => method === 'POST')?.body).toEqual({ framework: 'soc2', from: '2026-01-01', to: '2026-06-30', controls: ['b'], preview: true })
    await expectAccessible()
    fireEvent.change(screen.getByLabelText('Framework'), { target: { value: 'iso27001' } })
    expect(document.querySelector('[data-contents]')).toBeNull()
  })

  it('are made with progress, and can be stopped', async () => {
    let end: (value: unknown) => void = () => undefined
    const ended = new Promise((resolve) => (end = resolve))
    const asked = open({ 'POST /api/v1/evidence-packs': task({}), 'GET /api/v1/tasks/t1': () => ended, 'POST /api/v1/tasks/t1/cancel': task({}) })
    fireEvent.click(await screen.findByRole('button', { name: 'Make the pack' }))
    await screen.findByRole('progressbar', { name: 'Making the pack' })
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))
    await waitFor(() => expect(asked.some(({ path }) => path === '/api/v1/tasks/t1/cancel')).toBe(true))
    end(task({ status: 'cancelled', version: 2 }))
    await screen.findByText('It was cancelled. No pack was made.')
    expect(asked.find(({ method }) => method === 'POST')?.body).not.toHaveProperty('preview')
  })

  it('that were made are listed, offered and deleted, and the key is shown', async () => {
    const asked = open({
      'GET /api/v1/evidence-packs': { items: [pack, { ...pack, id: 'p2', file: 'old.zip', kept: false }] },
      'GET /api/v1/evidence-packs/key': { made: true, public: 'RWQabc', made_at: at, former: [] }, 'DELETE /api/v1/evidence-packs/p1': {},
    })
    await screen.findByRole('button', { name: 'Download evidence.zip' })
    expect(screen.queryByRole('button', { name: 'Download old.zip' })).toBeNull()
    expect(screen.getByText('File is gone')).toBeTruthy()
    expect(screen.getByText('RWQabc')).toBeTruthy()
    fireEvent.click(screen.getByRole('button', { name: 'Delete evidence.zip' }))
    fireEvent.click(within(await screen.findByRole('dialog')).getByRole('button', { name: 'Delete the pack' }))
    await waitFor(() => expect(asked.some(({ method }) => method === 'DELETE')).toBe(true))
  })

  it('say why they are not to be had', async () => {
    open({ 'GET /api/v1/evidence-packs': new Refused(503, { code: 'busy', detail: 'the agent stops' }) })
    await screen.findByText('The packs could not be loaded')
  })
})
