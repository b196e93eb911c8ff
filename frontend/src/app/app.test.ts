import { act, renderHook } from '@testing-library/react'
import { beforeEach, describe, expect, it } from 'vitest'
import { crumbsOf } from './crumbs'
import { inWindow, useHashLocation, useHashSearch } from './location'

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
    ['/', []],
    ['/connections', ['Connections']],
    ['/connections/available', ['Connections', 'Available']],
    ['/connections/new/envoy', ['Connections', 'Available', 'envoy']],
    ['/connections/my%20one', ['Connections', 'my one']],
    ['/connections/envoy/edit', ['Connections', 'envoy', 'Edit']],
  ])('%s', (path, expected) => {
    expect(titles(path)).toEqual(expected)
  })
})
