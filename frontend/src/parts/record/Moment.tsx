import { zonedTime } from '@/lib/time'
import { Time } from '@/ui/Time'
import { useNow } from '@/ui/useNow'

/** Farther away than this the words for a distance are the date once more. */
const near = 30 * 86_400_000

/** A moment with its zone, and how far away it is where that says more. */
export function Moment({ at }: { at: string }) {
  const now = useNow()
  return (
    <>
      {zonedTime(at)} {Math.abs(Date.parse(at) - now) < near && <Time at={at} className="text-xs text-muted" />}
    </>
  )
}
