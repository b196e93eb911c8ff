import { afterEach, expect, it, vi } from 'vitest'
import { offerFile } from './offerFile'

afterEach(() => {
  delete window.plumblineSaveFile
})

it('is a download of the browser, and leaves nothing in the page', () => {
  const clicked = vi.fn<(link: HTMLAnchorElement) => void>()
  const listen = (event: Event) => {
    event.preventDefault()
    clicked(event.target as HTMLAnchorElement)
  }
  document.addEventListener('click', listen)
  offerFile('/api/v1/exports/x1/file', 'accounts.csv')
  document.removeEventListener('click', listen)
  const [link] = clicked.mock.calls[0] ?? []
  expect([link?.getAttribute('href'), link?.download]).toEqual(['/api/v1/exports/x1/file', 'accounts.csv'])
  expect(document.querySelector('a')).toBeNull()
})

it('is the desktop window’s where that can save', () => {
  window.plumblineSaveFile = vi.fn<(path: string, name: string) => Promise<boolean>>().mockResolvedValue(true)
  offerFile('/f', 'a.csv')
  expect(window.plumblineSaveFile).toHaveBeenCalledWith('/f', 'a.csv')
})
