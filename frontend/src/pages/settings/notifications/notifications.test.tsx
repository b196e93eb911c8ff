import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { keys } from '@/api/keys'
import type { Channel, Notification, Rules } from '@/api/notifications'
import { draw } from '@/test/render'
import { bodyOf, entered } from './form'
import { Notifications } from './Notifications'

const desktop: Channel = { id: 'desktop', name: 'Desktop', type: 'desktop', secrets: [], revision: 0 }
const hook: Channel = { id: 'h1', name: 'Tickets', type: 'webhook', host: 'hooks.example.com', kinds: ['paused'], secrets: [], revision: 3 }
const rules: Rules = { window: 30, flap_changes: 4, credential_days: 365, notice_days: 14, revision: 0 }
const told: Notification = {
  id: 'ntf_1',
  kind: 'unhealthy',
  at: '2026-03-02T10:00:00Z',
  title: '500 connections are unhealthy for one cause',
  text: '',
  inconclusive: true,
  connections: [],
  count: 500,
  href: '/connections',
  deliveries: [
    { id: 'msg_1', channel: 'h1', channel_name: 'Tickets', type: 'webhook', state: 'waiting', attempts: 2, next_at: '2026-03-02T11:00:00Z', said: '503 Service Unavailable' },
  ],
}

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const drawAll = (channels: Channel[], list: Notification[]) =>
  draw(<Notifications />, { known: [[keys.channels, channels], [keys.notificationRules, rules], [keys.notifications, list]] })

it('shows channels, and what became of deliveries', () => {
  drawAll([desktop, hook], [told])
  expect(screen.getByText('hooks.example.com')).toBeTruthy()
  expect(screen.getByText('Only: Paused by Plumbline')).toBeTruthy()
  expect(screen.queryByRole('button', { name: 'Remove Desktop' })).toBeNull()
  expect(screen.getByText('503 Service Unavailable.')).toBeTruthy()
  expect(screen.getByText(/Inconclusive: it says nothing/)).toBeTruthy()
})

it('says that nothing was told', () => {
  drawAll([desktop], [])
  expect(screen.getByText('Nothing was told yet')).toBeTruthy()
})

it('says what the other side answered to a test', async () => {
  const answer = { ok: false, said: '403 Forbidden', remedy: 'Compare the address.', seconds: 0.1 }
  vi.stubGlobal('fetch', () => Promise.resolve(new Response(JSON.stringify(answer), { headers: { 'Content-Type': 'application/json' } })))
  drawAll([desktop, hook], [])
  fireEvent.click(screen.getByRole('button', { name: 'Test Tickets' }))
  await waitFor(() => expect(screen.getByText(/Not accepted:/).textContent).toContain('403 Forbidden Compare the address.'))
})

it('keeps stored secrets that are left empty, and sends no settings of another type', () => {
  expect(bodyOf(entered(hook))).toEqual({ name: 'Tickets', type: 'webhook', off: false, kinds: ['paused'], who: [], secrets: {}, email: undefined })
  const mail = bodyOf({ ...entered(undefined), to: 'a@example.com, b@example.com', password: 'x' })
  expect(mail.email?.to).toEqual(['a@example.com', 'b@example.com'])
  expect(mail.secrets).toEqual({ password: 'x' })
})
