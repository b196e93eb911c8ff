import { cleanup, screen } from '@testing-library/react'
import { afterEach, expect, it, vi } from 'vitest'
import type { CoverageSpan } from '@/api/types'
import { daysOf } from '@/parts/coverage/CoverageDays'
import { Refused, standIn } from '@/test/agent'
import { connection } from '@/test/fixtures'
import { draw } from '@/test/render'
import { Coverage } from './Coverage'

afterEach(() => {
  cleanup()
  vi.unstubAllGlobals()
})

const spans: CoverageSpan[] = [
  { from: '2026-02-27', to: '2026-03-01', days: 3, coverage: 'blind', cause: 'paused', why: 'The connection was paused: it moves.' },
  { from: '2026-03-02', to: '2026-03-02', days: 1, coverage: 'part', cause: 'partial', why: 'It was read in part.', gaps: ['admins: refused'] },
  { from: '2026-03-03', to: '2026-03-04', days: 2, coverage: 'proven', cause: 'read', why: 'A complete read ended on each of these days.' },
]
const route = 'GET /api/v1/connections/c1/coverage'

it('has each day once, also over the end of a month', () => {
  expect(daysOf(spans).map((day) => `${day.name} ${day.span.coverage}`)).toEqual([
    '2026-02-27 blind', '2026-02-28 blind', '2026-03-01 blind', '2026-03-02 part', '2026-03-03 proven', '2026-03-04 proven',
  ])
})

it('says the days in words, with the reasons', async () => {
  standIn({ [route]: { of: 'hr', period: { from: '', to: '', zone: 'UTC', days: 6 }, days: { proven: 2, part: 1, blind: 3 }, spans, lists: [] } })
  const { container } = draw(<Coverage connection={connection()} />)
  await screen.findByRole('img', { name: 'Of 6 days 2 are proven, 1 are in part and 3 are blind' })
  expect(container.querySelectorAll('[data-coverage] > span')).toHaveLength(6)
  expect(container.querySelector('[data-coverage] > span')?.getAttribute('title')).toBe('2026-02-27: blind. The connection was paused: it moves.')
  expect(screen.getByText(/It was read in part. admins: refused/)).toBeTruthy()
})

it('says that it is not known, and asks nothing where there is nothing to read', async () => {
  standIn({ [route]: new Refused(500, { code: 'internal.bug', message: 'no' }) })
  draw(<Coverage connection={connection()} />)
  await screen.findByText('It cannot be shown what was read on which day')
  cleanup()
  const asked = standIn({})
  draw(<Coverage connection={connection({ streams: [] })} />)
  expect(asked).toHaveLength(0)
})
