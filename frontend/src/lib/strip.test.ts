import { describe, expect, it } from 'vitest'
import { stripCounts, stripPaths, stripRuns } from './strip'

const runs = stripRuns({ statuses: 'fpsci', seconds: [9, 4, 4, 0, 1] })

describe('the strip of runs', () => {
  it('has the oldest first', () => {
    expect(runs.map((run) => run.status)).toEqual(['interrupted', 'cancelled', 'succeeded', 'partial', 'failed'])
  })

  it('tells the ends of runs apart by their form', () => {
    const paths = stripPaths(runs)
    expect([...paths.keys()].sort()).toEqual(['failed', 'none', 'other', 'partial', 'succeeded'])
    expect(paths.get('failed')).toBe('M145 15h4v7h-4z') // below the line, in the last cell
    expect(paths.get('succeeded')).toBe('M135 4h4v11h-4z') // above it
    expect(paths.get('partial')?.match(/M/g)).toHaveLength(2) // in two pieces
    expect(paths.get('other')).toBe('M125 13h4v2h-4zM130 13h4v2h-4z')
    expect(paths.get('none')?.match(/M/g)).toHaveLength(25)
  })

  it('is as high as a run took long', () => {
    const height = (seconds: number) => stripPaths(stripRuns({ statuses: 'ss', seconds: [seconds, 100] })).get('succeeded')
    expect(height(100)).not.toBe(height(10))
  })

  it('is counted', () => {
    expect(stripCounts(stripRuns({ statuses: 'sfss', seconds: [] }))).toEqual([['succeeded', 3], ['failed', 1]])
  })
})
