import { act, cleanup, renderHook } from '@testing-library/react'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { crumbsOf, runOf } from './crumbs'
import { sendLinksOut } from './externalLinks'
import { inWindow, useHashLocation, useHashSearch } from './location'

// A link that is followed changes the address a moment later; whoever still listens renders when the page is gone.
afterEach(cleanup)

const at = (href: string) => ({ location: new URL(href) as unknown as Location })

describe('inWindow', () => {
  it.each([
    ['wails://wails/', true],
    ['http://wails.localhost/', true],
    ['http://wails.localhost:34115/', true],
    ['http://127.0.0.1:8420/connections', false],
    ['http://notwails.example/', false],
  ])('%s: %s', (href, expected) => {
    expect(inWindow(at(href))).toBe(expected)
  })

  it('believes the page that says so', () => {
    expect(inWindow({ ...at('http://127.0.0.1:8420/'), __PLUMBLINE_WINDOW__: true })).toBe(true)
  })
})

describe('the address behind the #', () => {
  beforeEach(() => window.history.replaceState(null, '', '#/connections?q=a'))

  it('carries path and search', () => {
    expect(renderHook(() => useHashLocation()).result.current[0]).toBe('/connections')
    expect(renderHook(() => useHashSearch()).result.current).toBe('q=a')
  })

  it('moves without keeping an old search', () => {
    const path = renderHook(() => useHashLocation())
    const search = renderHook(() => useHashSearch())
    act(() => path.result.current[1]('/connections/available'))
    expect(window.location.hash).toBe('#/connections/available')
    expect(path.result.current[0]).toBe('/connections/available')
    expect(search.result.current).toBe('')
  })
})

describe('crumbsOf', () => {
  const titles = (path: string) => crumbsOf(path).map((c) => c.title)

  it.each([
    ['/', ['Home']],
    ['/nowhere', []],
    ['/backup', ['Settings', 'Backup']],
    ['/activity', ['Activity']],
    ['/runs', ['Insights', 'Runs']],
    ['/runs/r1', ['Run']],
    ['/tests/mfa-identity', ['Tests', 'mfa-identity']],
    ['/connections/hr/runs', ['Connections', 'hr', 'Runs']],
    ['/connections/available/okta', ['Connections', 'Available', 'okta']],
    ['/connections', ['Connections']],
    ['/connections/available', ['Connections', 'Available']],
    ['/connections/new/envoy', ['Connections', 'Available', 'envoy']],
    ['/connections/my%20one', ['Connections', 'my one']],
    ['/connections/envoy/edit', ['Connections', 'envoy', 'Edit']],
  ])('%s', (path, expected) => {
    expect(titles(path)).toEqual(expected)
  })

  it('lead from a run to its connection once that is known', () => {
    const crumbs = crumbsOf('/runs/r1', { connection: 'c1', alias: 'hr' })
    expect(crumbs.map(({ title, href }) => `${title} ${href}`)).toEqual([
      'Connections /connections', 'hr /connections/hr', 'Runs /connections/hr/runs', 'Run /runs/r1',
    ])
    expect(crumbsOf('/runs/r1', { connection: 'c1', alias: 'new' })[1]?.href).toBe('/connections/c1')
    expect(runOf('/runs/r%2F1')).toBe('r/1')
    expect(runOf('/runs')).toBe('')
  })
})

describe('links out of the product', () => {
  const click = (href: string, target: string) => {
    const link = Object.assign(document.createElement('a'), { href, target })
    document.body.replaceChildren(link)
    const event = new MouseEvent('click', { bubbles: true, cancelable: true })
    link.dispatchEvent(event)
    return event.defaultPrevented
  }

  it('go to the browser of the person in the window, and nowhere else there', () => {
    const opened: string[] = []
    sendLinksOut()
    expect(click('https://vendor.example/', '_blank')).toBe(false)
    window.__PLUMBLINE_WINDOW__ = true
    window.runtime = { BrowserOpenURL: (url) => opened.push(url) }
    expect(click('https://vendor.example/', '_blank')).toBe(true)
    expect(click('#/connections', '')).toBe(false)
    expect(opened).toEqual(['https://vendor.example/'])
    delete window.__PLUMBLINE_WINDOW__
    delete window.runtime
  })
})
