import { cleanup, fireEvent, screen } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { standIn } from '@/test/agent'
import { connector } from '@/test/fixtures'
import { draw } from '@/test/render'
import { ConnectionsPage } from './ConnectionsPage'

beforeEach(() => window.localStorage.clear())
afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const items = [
  connector({ id: 'okta', name: 'Okta', vendor: 'Okta', categories: ['identity'], connections: 1 }),
  connector({ id: 'github', name: 'GitHub', vendor: 'GitHub', categories: ['version_control'] }),
  connector({ id: 'jira', name: 'Jira', vendor: 'Atlassian', categories: ['ticketing'] }),
  connector({ id: 'old', name: 'Old', categories: ['ticketing'], problem: { code: 'x', message: 'it does not start', remedy: 'Update it.', fault: 'connector' } }),
]
const categories = ['crm', 'identity', 'infrastructure', 'ticketing', 'version_control'].map((id) => ({ id, title: id.toUpperCase() }))

async function drawCatalogue(path = '/connections/available') {
  standIn({
    'GET /api/v1/status': { counts: { healthy: 1, unhealthy: 0, unknown: 0, paused: 0 } },
    'GET /api/v1/categories': { items: categories },
    'GET /api/v1/connectors': { items },
  })
  const view = draw(<ConnectionsPage tab="available" />, { path })
  await screen.findByLabelText('Search connectors')
  return view
}
const cards = () => [...document.querySelectorAll('[data-connector]')].map((card) => card.getAttribute('data-connector'))

describe('the catalogue', () => {
  it('has sections, and every category with its count', async () => {
    await drawCatalogue()
    expect(screen.getAllByRole('heading', { level: 2 }).map((h) => h.textContent)).toEqual([
      'Recommended next', 'Popular', 'IDENTITY', 'TICKETING', 'VERSION_CONTROL', 'Your system is not here?',
    ])
    expect(screen.getByRole('button', { name: 'CRM 0' })).toBeTruthy()
    expect(screen.getByRole('button', { name: 'TICKETING 2' })).toBeTruthy()
  })

  it('finds in spite of a typing error', async () => {
    await drawCatalogue('/connections/available?q=gihtub')
    expect(cards()).toEqual(['github'])
  })

  it.each([
    ['an empty category', '?category=crm', 'No connector for CRM is installed'],
    ['a search without a hit', '?q=sharepoint', 'No connector matches “sharepoint”'],
  ])('is no dead end: %s', async (_, search, title) => {
    await drawCatalogue(`/connections/available${search}`)
    expect(screen.getByRole('heading', { level: 2 }).textContent).toBe(title)
    const ways = ['Read an export', 'Import a vendor', 'Write a connector'].map((name) => screen.getByRole('link', { name: new RegExp(`^${name}`) }).getAttribute('href'))
    expect(ways).toEqual(['/connections/new/csv', '/connections/available?q=by:plumbline', '/connectors/write'])
  })

  it('says of a program that does not work why, and offers no form', async () => {
    await drawCatalogue('/connections/available?q=old')
    expect(document.querySelector('[data-connector=old]')?.textContent).toContain('Cannot be used: it does not start')
    expect(screen.queryByRole('link', { name: 'Connect Old' })).toBeNull()
  })
})

describe('the recommended steps', () => {
  const step = (name: string) => screen.getByText(name).closest('li')?.textContent ?? ''

  it('tick themselves, and the first that is open is next', async () => {
    await drawCatalogue()
    expect(step('Identity provider')).toContain('Connected')
    expect(step('Infrastructure')).toContain('Next')
    expect(screen.getByText(/1 of 4 done/)).toBeTruthy()
  })

  it('can be skipped, one or all, and brought back', async () => {
    await drawCatalogue()
    fireEvent.click(screen.getByRole('button', { name: 'Skip Infrastructure' }))
    expect(step('Infrastructure')).toContain('Skipped')
    expect(step('Version control')).toContain('Next')
    fireEvent.click(screen.getByRole('button', { name: 'Hide the steps' }))
    expect(screen.queryByText('Infrastructure')).toBeNull()
    cleanup()
    await drawCatalogue()
    fireEvent.click(screen.getByRole('button', { name: 'Show the recommended steps' }))
    fireEvent.click(screen.getByRole('button', { name: 'Bring Infrastructure back' }))
    expect(step('Infrastructure')).toContain('Next')
  })
})
