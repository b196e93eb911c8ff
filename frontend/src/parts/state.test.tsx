import { cleanup, screen } from '@testing-library/react'
import { afterEach, describe, expect, it } from 'vitest'
import { connection, connector, item } from '@/test/fixtures'
import { draw } from '@/test/render'
import { Activity } from './Activity'
import { HealthChip } from './HealthChip'
import { Reach, ReachLine } from './Reach'

afterEach(cleanup)

const now = Date.now()
const today = new Date(now).setHours(0, 0, 30, 0)

describe('the chip of a connection', () => {
  it('says paused, and not healthy, of one that is not read', () => {
    draw(<HealthChip verdict={connection({ health: 'healthy', reason: 'paused' })} />)
    expect(screen.getByText('Paused')).toBeTruthy()
    expect(document.querySelector('[data-health]')?.getAttribute('data-health')).toBe('paused')
    expect(document.body.textContent).not.toContain('Healthy')
  })

  it('draws what is read in part in amber, and what fails in red', () => {
    draw(<HealthChip verdict={connection({ health: 'unhealthy', reason: 'degraded' })} />)
    expect(screen.getByText('Unhealthy').className).toContain('text-warn')
    cleanup()
    draw(<HealthChip verdict={connection({ health: 'unhealthy', reason: 'failing' })} />)
    expect(screen.getByText('Unhealthy').className).toContain('text-bad')
  })

  it('draws in amber what was well when it was last read, too long ago', () => {
    draw(<HealthChip verdict={connection({ health: 'healthy', reason: 'failing' })} />)
    expect(screen.getByText('Healthy').className).toContain('text-warn')
  })

  it('says since when, which is not when it was read', () => {
    draw(<HealthChip verdict={connection({ since: new Date(today).toISOString() })} />)
    expect(screen.getByText('On time since 00:00')).toBeTruthy()
  })

  it('is the last one known while nothing answers', () => {
    draw(<HealthChip verdict={connection()} />, { lostAt: now })
    expect(screen.getByText('Last known: healthy').className).toContain('text-muted')
  })
})

describe('what a connection does', () => {
  const running = item({ activity: 'running', last_run: { id: 'r1', status: 'running', step: 'Read accounts' } })

  it('is the step that runs', () => {
    draw(<Activity connection={running} />)
    expect(document.body.textContent).toBe('Read accounts')
  })

  it('is what it did while nothing answers', () => {
    draw(<Activity connection={running} />, { lostAt: now })
    expect(document.body.textContent).toBe('Was running')
    expect(document.querySelector('.animate-spin')).toBeNull()
  })
})

describe('what a connector may reach', () => {
  const subject = connector({
    network: [{ host: '{url}', port: 636, purpose: 'The directory' }, { host: 'api.example', port: 8443, purpose: 'The API' }],
    files: [{ path: '/etc', purpose: 'Accounts' }],
    config_schema: { properties: { url: { type: 'string', title: 'Address' } } },
  })

  it('is listed with what was entered', () => {
    draw(<Reach connector={subject} values={{ 'settings.url': 'ldaps://dc1.example' }} />)
    const listed = [...document.querySelectorAll('p[data-reach]')].map((p) => p.textContent)
    expect(listed).toEqual(['dc1.exampleThe directory', 'api.example:8443The API', '/etcAccounts'])
    expect(document.body.textContent).toContain('By saving, you agree to this.')
  })

  it('is said once of a host that a setting names, too', () => {
    const network = [{ host: 'api.example', port: 443, purpose: 'The API' }, { host: '{url}', port: 0, purpose: 'A gateway' }]
    draw(<Reach connector={{ ...subject, network }} values={{ 'settings.url': 'https://api.example/v1' }} />)
    expect([...document.querySelectorAll('p[data-reach]')].map((p) => p.textContent)).toEqual(['api.exampleThe API', '/etcAccounts'])
  })

  it('is on the card in one line', () => {
    draw(<ReachLine connector={subject} />)
    expect(document.body.textContent).toBe('May reach hosts: the host you enter under Address, api.example; files: /etc')
    cleanup()
    draw(<ReachLine connector={connector()} />)
    expect(document.body.textContent).toBe('May reach hosts: none; files: none')
  })

  it('names a connector that opens connections by itself', () => {
    draw(<Reach connector={{ ...subject, network_tcp: true }} />)
    expect(document.querySelector('[data-reach="tcp"]')?.textContent).toContain('opens its own network connections')
    cleanup()
    draw(<Reach connector={subject} />)
    expect(document.querySelector('[data-reach="tcp"]')).toBeNull()
  })
})
