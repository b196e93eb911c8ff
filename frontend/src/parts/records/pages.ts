import { pageRows } from '@/api/records'
import type { Slice } from '@/ui/grid/geometry'

/** The pages, behind the first, that hold rows in sight. */
export function pagesOf({ first, end }: Slice, count: number): number[] {
  const last = Math.min(end, count) - 1
  if (last < first) return []
  const from = Math.max(1, Math.floor(first / pageRows))
  const to = Math.floor(last / pageRows)
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
}
