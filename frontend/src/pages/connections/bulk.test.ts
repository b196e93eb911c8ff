import { expect, it, vi } from 'vitest'
import { item } from '@/test/fixtures'
import { standIn } from '@/test/agent'
import { connection } from '@/test/fixtures'
import { act, planOf, type BulkAction } from './bulk'

const pause = { since: '2026-11-29T08:08:00Z', by: 'person' as const, reason: '' }
const list = [
  item({ id: '1', alias: 'idle', owner: 'Anna', schedule: '@daily' }),
  item({ id: '2', alias: 'busy', activity: 'running' }),
  item({ id: '3', alias: 'still', paused: pause }),
]
const told = (action: BulkAction) => {
  const { will, not } = planOf(action, list)
  return `${will.map((i) => i.alias).join(' ')} | ${not.map((n) => `${n.item.alias} ${n.why}`).join(' ')}`
}

it('says whom an action concerns, and whom it leaves alone and why', () => {
  expect(told({ kind: 'sync' })).toBe('idle still | busy syncing')
  expect(told({ kind: 'pause' })).toBe('idle busy | still paused')
  expect(told({ kind: 'resume' })).toBe('still | idle running busy running')
  expect(told({ kind: 'schedule', schedule: '@daily' })).toBe('busy still | idle same')
  expect(told({ kind: 'owner', owner: '' })).toBe('idle | busy same still same')
})

it('undoes with the revision that it made, so a later edit of someone else is not lost', async () => {
  const asked = standIn({ 'PATCH /api/v1/connections/1': connection({ revision: 7 }) })
  const undo = await act({ kind: 'owner', owner: 'Ben' }, list[0] ?? item())
  await undo?.()
  expect(asked.map((a) => a.body)).toEqual([{ owner: 'Ben' }, { owner: 'Anna' }])
  vi.unstubAllGlobals()
})
