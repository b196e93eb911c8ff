import { cleanup, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { standIn } from '@/test/agent'
import { draw } from '@/test/render'
import DoctorPage from './DoctorPage'
import { markdownOf } from './report'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const findings = [
  { id: 'version', title: 'Version', status: 'ok' as const, message: 'plumbline 1', fix: '' },
  { id: 'connector.okta', title: 'Connector okta', status: 'ok' as const, message: '1.0', fix: '' },
  { id: 'key', title: 'Key', status: 'fail' as const, message: 'others can read | it', fix: 'chmod 600 it' },
]

it('shows the worst first, and usable connectors folded', async () => {
  standIn({ 'GET /api/v1/doctor': { items: findings } })
  draw(<DoctorPage />)
  await screen.findByText('1 connector can be used')
  expect([...document.querySelectorAll('[data-finding]')].map((one) => one.getAttribute('data-finding'))).toEqual(['key', 'version', 'connector.okta'])
  expect(screen.getByText('Key').closest('li')?.textContent).toContain('Failed: ')
})

it('is copied as a table that no text breaks', () => {
  expect(markdownOf(findings).split('\n')[4]).toBe('| Failed | Key | others can read \\| it | chmod 600 it |')
})
