import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react'
import { useState } from 'react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Button } from './Button'
import { Dialog } from './Dialog'
import { KeepFocus } from './KeepFocus'

afterEach(cleanup)

const focused = () => document.activeElement?.textContent || document.activeElement?.getAttribute('aria-label')

describe('a busy button', () => {
  const draw = (busy: boolean, disabled = false, onClick: () => void = vi.fn()) => (
    <Button busy={busy} disabled={disabled} onClick={onClick}>
      Save
    </Button>
  )

  it('keeps the focus and says that it is off', () => {
    const { rerender } = render(draw(false))
    const button = screen.getByRole('button', { name: 'Save' }) as HTMLButtonElement
    button.focus()
    expect(button.getAttribute('aria-disabled')).toBeNull()
    rerender(draw(true))
    expect([button.disabled, button.getAttribute('aria-disabled'), button.getAttribute('aria-busy')]).toEqual([false, 'true', 'true'])
    expect(document.activeElement).toBe(button)
    // What it does may make it useless meanwhile: it is off for good only when that is done.
    rerender(draw(true, true))
    expect(button.disabled).toBe(false)
    rerender(draw(false, true))
    expect(button.disabled).toBe(true)
  })

  it('does nothing, and a press on it is not one on what lies around it', () => {
    const [saved, opened] = [vi.fn(), vi.fn()]
    const around = (busy: boolean) => <div onClick={opened}>{draw(busy, false, saved)}</div>
    const { rerender } = render(around(true))
    expect(fireEvent.click(screen.getByRole('button'))).toBe(false)
    expect([saved, opened].map((one) => one.mock.calls.length)).toEqual([0, 0])
    rerender(around(false))
    fireEvent.click(screen.getByRole('button'))
    expect([saved, opened].map((one) => one.mock.calls.length)).toEqual([1, 1])
  })

  it('sends no form', () => {
    const sent = vi.fn((event: { preventDefault: () => void }) => event.preventDefault())
    render(
      <form onSubmit={sent}>
        <Button type="submit" busy>
          Save
        </Button>
      </form>,
    )
    fireEvent.click(screen.getByRole('button'))
    expect(sent).not.toHaveBeenCalled()
  })
})

describe('a dialog', () => {
  function Page({ first }: { first: boolean }) {
    const [open, setOpen] = useState(false)
    return (
      <>
        <Button onClick={() => setOpen(true)}>Decide</Button>
        <Dialog open={open} onClose={() => setOpen(false)} title="Decide" footer={<Button onClick={() => setOpen(false)}>Cancel</Button>}>
          <a href="#help">Help</a>
          <input aria-label="Reason" {...(first && { 'data-first': true })} />
        </Dialog>
      </>
    )
  }
  const open = (first: boolean) => {
    render(<Page first={first} />)
    const button = screen.getByRole('button', { name: 'Decide' })
    button.focus()
    fireEvent.click(button)
  }

  it('opens with the focus on what is to be filled in first, and gives it back', async () => {
    open(true)
    await waitFor(() => expect(focused()).toBe('Reason'))
    fireEvent.click(screen.getByRole('button', { name: 'Cancel' }))
    await waitFor(() => expect(focused()).toBe('Decide'))
  })

  it('opens on its first control where nothing comes first', async () => {
    open(false)
    await waitFor(() => expect(focused()).toBe('Help'))
  })
})

describe('controls that take one another’s place', () => {
  const draw = (running: boolean, off = false) => (
    <>
      <button>Other</button>
      <KeepFocus>
        {running ? (
          <button key="cancel" disabled={off}>
            Cancel
          </button>
        ) : (
          <button key="sync">Sync</button>
        )}
      </KeepFocus>
    </>
  )

  it('hand the focus on', () => {
    const { rerender } = render(draw(false))
    screen.getByRole('button', { name: 'Sync' }).focus()
    rerender(draw(true))
    expect(focused()).toBe('Cancel')
    rerender(draw(false))
    expect(focused()).toBe('Sync')
  })

  it('take none that they had not, and give none to what is off', () => {
    const { rerender } = render(draw(false))
    screen.getByRole('button', { name: 'Other' }).focus()
    rerender(draw(true))
    expect(focused()).toBe('Other')
    rerender(draw(false))
    screen.getByRole('button', { name: 'Sync' }).focus()
    rerender(draw(true, true))
    expect(document.activeElement).toBe(document.body)
  })
})
