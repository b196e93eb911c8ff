import { cleanup, fireEvent, render, screen } from '@testing-library/react'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { Markdown } from './Markdown'
import { SearchBox } from './SearchBox'

afterEach(cleanup)

describe('Markdown', () => {
  it('opens links elsewhere and makes no element of what a guide contains', () => {
    render(<Markdown source={'See [docs](https://example.com) <script>alert(1)</script>\n\n- one\n- two'} />)
    expect(screen.getByRole('link', { name: 'docs' })).toMatchObject({ target: '_blank', rel: 'noreferrer noopener' })
    expect(document.querySelector('script')).toBeNull()
    expect(screen.getAllByRole('listitem')).toHaveLength(2)
  })
})

describe('SearchBox', () => {
  it('takes the focus on / and is emptied by Esc', () => {
    const onChange = vi.fn()
    render(<SearchBox label="Search" value="abc" onChange={onChange} />)
    const input = screen.getByRole('searchbox', { name: 'Search' })
    fireEvent.keyDown(document.body, { key: '/' })
    expect(document.activeElement).toBe(input)
    fireEvent.keyDown(input, { key: 'Escape' })
    expect(onChange).toHaveBeenCalledWith('')
  })

  it('leaves / alone in another input', () => {
    render(
      <>
        <SearchBox label="Search" value="" onChange={() => undefined} />
        <input aria-label="other" />
      </>,
    )
    const other = screen.getByLabelText('other')
    other.focus()
    fireEvent.keyDown(other, { key: '/' })
    expect(document.activeElement).toBe(other)
  })
})
