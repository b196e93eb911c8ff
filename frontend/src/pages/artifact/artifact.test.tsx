import { cleanup, configure, fireEvent, screen, waitFor, within } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { Evidence } from '@/api/assurance'
import { Refused, standIn } from '@/test/agent'
import { expectAccessible } from '@/test/axe'
import { draw } from '@/test/render'
import EvidenceItemPage from './EvidenceItemPage'

// axe looks at whole pages, which takes a busy machine a while.
vi.setConfig({ testTimeout: 60_000 })
configure({ asyncUtilTimeout: 20_000 })

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const at = '2026-11-01T00:00:00Z'
const by = { kind: 'person', id: '1', name: 'anna', auth: 'peer' } as const
const first = { number: 1, kind: 'link', link: 'https://wiki.example/drill', collected_at: at, valid_until: '2027-05-01T00:00:00Z', by, at } as const
const evidence: Evidence = {
  id: 'e1', title: 'Fire drill', automated: false, kind: 'link', state: 'ready', reason: 'valid until 1 May 2027', owner: 'Bo', controls: ['drills'], renew_every_days: 180, latest: first,
  versions: [first, { ...first, number: 2, kind: 'file', link: undefined, file: { name: 'drill.pdf', type: 'application/pdf', bytes: 2048, sha256: 'ab' } }], revision: 3,
}

const open = (answer: unknown, more: Record<string, unknown> = {}) => {
  const asked = standIn({ 'GET /api/v1/evidence/e1': answer, ...more })
  draw(<EvidenceItemPage id="e1" />, { path: '/evidence/e1' })
  return asked
}

describe('evidence that a person added', () => {
  it('has every version, the latest first, and the controls that it shows', async () => {
    open(evidence)
    await screen.findByRole('heading', { level: 1, name: 'Fire drill' })
    expect([...document.querySelectorAll('[data-version]')].map((one) => one.getAttribute('data-version'))).toEqual(['2', '1'])
    expect(screen.getByRole('button', { name: 'Download drill.pdf of version 2' })).toBeTruthy()
    expect(screen.getByRole('link', { name: 'https://wiki.example/drill' })).toBeTruthy()
    expect(screen.getByRole('link', { name: 'drills' }).getAttribute('href')).toBe('/controls/drills')
    await expectAccessible()
  })

  it('is renewed by a statement over the revision that was shown', async () => {
    const asked = open(evidence, { 'POST /api/v1/evidence/e1/artifacts': evidence })
    fireEvent.click(await screen.findByRole('button', { name: 'Renew' }))
    const dialog = within(await screen.findByRole('dialog', { name: 'Renew' }))
    fireEvent.click(dialog.getByRole('button', { name: 'Attestation' }))
    expect(dialog.getByRole<HTMLButtonElement>('button', { name: 'Add' }).disabled).toBe(true)
    fireEvent.change(dialog.getByRole('textbox', { name: /^Attestation/ }), { target: { value: ' It took place. ' } })
    fireEvent.click(dialog.getByRole('button', { name: 'Add' }))
    await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull())
    const post = asked.find(({ method }) => method === 'POST')
    expect([post?.body, post?.headers.get('If-Match')]).toEqual([{ kind: 'attestation', statement: 'It took place.' }, '3'])
  })

  it('keeps what was written when it is refused', async () => {
    open(evidence, { 'POST /api/v1/evidence/e1/artifacts': new Refused(422, { code: 'invalid', detail: 'link is no address' }) })
    fireEvent.click(await screen.findByRole('button', { name: 'Renew' }))
    const dialog = within(await screen.findByRole('dialog'))
    fireEvent.change(dialog.getByRole('textbox', { name: /^Link/ }), { target: { value: 'x' } })
    fireEvent.click(dialog.getByRole('button', { name: 'Add' }))
    expect((await dialog.findByRole('alert')).textContent).toBe('Link is no address.')
    expect(dialog.getByRole<HTMLInputElement>('textbox', { name: /^Link/ }).value).toBe('x')
  })

  it('that there is none of says so', async () => {
    open(new Refused(404, { code: 'not_found', detail: 'there is no evidence e1' }))
    await screen.findByText('There is no evidence called e1')
  })
})
