import { cleanup, fireEvent, screen, waitFor } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import { standIn } from '@/test/agent'
import { draw } from '@/test/render'
import { Assistants } from './Assistants'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const claude = { client: 'claude', stored: false, withheld_kinds: ['person'], withheld_fields: [], calls: 2, last_at: '2026-11-29T08:08:00Z', last_tool: 'overview' }

it('says who has asked, and lets a person turn each on and off', async () => {
  let sent: unknown
  standIn({
    'GET /api/v1/assistants': { items: [claude] },
    'PUT /api/v1/assistants/claude': async (request: Request) => {
      sent = await request.json()
      return claude
    },
  })
  draw(<Assistants />, {})
  expect(await screen.findByText(/2 calls, the last .*: overview/)).toBeTruthy()
  expect(screen.getByText('Withheld: person')).toBeTruthy()
  const personal = screen.getByRole<HTMLInputElement>('switch', { name: 'claude reads names, addresses and numbers of persons' })
  expect(personal.checked).toBe(false)
  fireEvent.click(personal)
  await waitFor(() => expect(sent).toEqual({ off: false, personal: true, withheld_kinds: ['person'], withheld_fields: [] }))
})

it('says how an assistant is added while none has asked', async () => {
  standIn({ 'GET /api/v1/assistants': { items: [] } })
  draw(<Assistants />, {})
  expect(await screen.findByText('No assistant has asked')).toBeTruthy()
})
