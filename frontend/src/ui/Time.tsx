import { fullTime, relativeTime } from '@/lib/time'
import { useNow } from './useNow'

/** A moment in words, with the exact one on hover and for machines. */
export function Time({ at, missing = '–', className }: { at: string | null | undefined; missing?: string; className?: string }) {
  const now = useNow()
  if (!at) return <span className={className ?? 'text-faint'}>{missing}</span>
  return (
    <time dateTime={at} title={fullTime(at)} className={className}>
      {relativeTime(at, now)}
    </time>
  )
}
