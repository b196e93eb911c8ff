import type { Run } from '@/api/types'

/** 1 as "1st". */
export function ordinal(n: number): string {
  const teen = n % 100 >= 11 && n % 100 <= 13
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th')
  return `${n}${ending}`
}

/** Where a queued run stands and what keeps it, as a sentence; '' for any other. */
export function queueSentence(run: Pick<Run, 'queue'> | null | undefined): string {
  const queue = run?.queue
  if (!queue) return ''
  const place = queue.waiting === 1 ? 'Next in line' : `${ordinal(queue.position)} of ${queue.waiting} in line`
  return `${place}: ${queue.explanation}.`
}
