import { act, cleanup, fireEvent, render, renderHook, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { preferences } from './preferences'
import { useKeyActions, useKeys, type KeyHandlers } from './useKeys'

afterEach(() => {
  cleanup()
  act(() => preferences.set({ singleKeys: 'on' }))
})

function Screen({ keys, inDialog = false }: { keys: KeyHandlers; inDialog?: boolean }) {
  useKeys(keys, { inDialog })
  return (
    <>
      <input aria-label="text" />
      <input type="checkbox" aria-label="box" />
      <a href="#x">link</a>
      <button type="button">button</button>
      <div role="dialog">
        <p tabIndex={0}>inside</p>
      </div>
    </>
  )
}

const press = (key: string, on: Element = document.body) => fireEvent.keyDown(on, { key })

describe('useKeys', () => {
  it('calls the latest handler, and nothing once the screen is gone', () => {
    const first = vi.fn()
    const second = vi.fn()
    const view = render(<Screen keys={{ next: first }} />)
    view.rerender(<Screen keys={{ next: second }} />)
    expect(press('j')).toBe(false) // prevented
    view.unmount()
    expect(press('j')).toBe(true)
    expect([first.mock.calls.length, second.mock.calls.length]).toEqual([0, 1])
  })

  it('takes a sequence, and one stroke of another meaning after it', () => {
    const go = vi.fn()
    const next = vi.fn()
    render(<Screen keys={{ go_connections: go, next }} />)
    press('g')
    press('c')
    press('c')
    press('g')
    press('j')
    expect([go.mock.calls.length, next.mock.calls.length]).toEqual([1, 1])
  })

  it('leaves the keys of text, links and buttons alone', () => {
    const did: string[] = []
    render(<Screen keys={{ next: () => did.push('next'), open: () => did.push('open'), peek: () => did.push('peek') }} />)
    press('j', screen.getByLabelText('text'))
    press('Enter', screen.getByRole('link'))
    press('Enter', screen.getByRole('button'))
    press(' ', screen.getByRole('button'))
    press(' ', screen.getByLabelText('box'))
    expect(did).toEqual([])
    press('j', screen.getByLabelText('box'))
    press(' ', screen.getByRole('link'))
    press('Enter')
    expect(did).toEqual(['next', 'peek', 'open'])
  })

  it('does nothing under a dialog, but for what is in it', () => {
    const below = vi.fn()
    const within = vi.fn()
    render(<Screen keys={{ next: below }} />)
    press('j', screen.getByText('inside'))
    expect(below).not.toHaveBeenCalled()
    render(<Screen keys={{ next: within }} inDialog />)
    press('j', screen.getAllByText('inside')[0])
    expect(within).toHaveBeenCalledOnce()
  })

  it('asks what is on top first, and goes on when that says not now', () => {
    const below = vi.fn()
    render(<Screen keys={{ next: below }} />)
    render(<Screen keys={{ next: () => false }} />)
    press('j')
    expect(below).toHaveBeenCalledOnce()
  })

  it('hears no single characters once they are turned off', () => {
    const next = vi.fn()
    render(<Screen keys={{ next, go_connections: next }} />)
    act(() => preferences.set({ singleKeys: 'off' }))
    press('j')
    press('g')
    press('c')
    expect(next).not.toHaveBeenCalled()
    press('ArrowDown')
    expect(next).toHaveBeenCalledOnce()
  })

  it('says which keys a screen has', () => {
    render(<Screen keys={{ next: () => undefined, previous: undefined }} />)
    expect([...renderHook(() => useKeyActions()).result.current]).toEqual(['next'])
  })
})
