import { cleanup, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { Refused, standIn } from '@/test/agent'
import { connector } from '@/test/fixtures'
import { draw } from '@/test/render'
import ConnectorPage from './ConnectorPage'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const okta = connector({
  id: 'okta', name: 'Okta', vendor: 'Okta, Inc.', trust: 'unverified', version: '2.1.0', connections: 2,
  streams: [{ name: 'users', title: 'Users', kind: 'account', deletes: 'never', incremental: true, permissions: ['okta.users.read'] }],
  permissions: [{ id: 'okta.users.read', reason: 'To list users.', streams: ['users'], optional: true }],
  network: [{ host: 'api.okta.com', port: 443, purpose: 'The API' }],
  guide: { introduction: 'Hello', minutes: 15, notes: ['Guests are not listed.'], prerequisites: ['An administrator'], steps: [{ id: 'a', title: 'Make a key', body: 'Press it.', expected_outcome: 'A key.' }] },
})
const drawPage = (answer: unknown) => {
  standIn({ 'GET /api/v1/connectors/okta': answer, 'GET /api/v1/categories': { items: [{ id: 'hris', title: 'HRIS' }] } })
  return draw(<ConnectorPage id="okta" />)
}

it('says what a connector gives, asks for, may reach and does not tell', async () => {
  drawPage(okta)
  expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe('Okta')
  const row = (name: string) => screen.getByRole('rowheader', { name }).closest('tr')?.textContent
  expect(row('Users')).toBe('UsersAccountOnly what changedNot noticed: the system does not tell')
  expect(row('okta.users.read')).toBe('okta.users.readTo list users.UsersOptional')
  for (const text of ['api.okta.com', 'Guests are not listed.', 'The system does not tell what was removed from: Users.', 'Make a key', '2.1.0', '15 minutes']) {
    expect(screen.getByText(text), text).toBeTruthy()
  }
  expect(screen.getByRole('link', { name: '2 connected' }).getAttribute('href')).toBe('/connections?connector=okta')
  expect(screen.getByRole('link', { name: 'Connect' }).getAttribute('href')).toBe('/connections/new/okta')
})

it('is no dead end for a connector that is gone', async () => {
  drawPage(new Refused(404, { code: 'host.not_found', detail: 'no connector okta' }))
  expect((await screen.findByRole('heading', { level: 1 })).textContent).toBe('There is no connector called okta')
  expect(screen.getByRole('link', { name: /^Write a connector/ })).toBeTruthy()
})
