import type { PeoplePosition } from '@/api/people'
import { t } from '@/words'

/** Says that a list is still being built, or that it may be out of date; nothing while it follows. */
export function PositionNote({ position }: { position: PeoplePosition }) {
  if (position.state === 'following') return null
  return (
    <p role="status" className="border-b border-line bg-warn-soft px-4 py-2 text-sm text-warn" data-position={position.state}>
      {position.state === 'building'
        ? t('accounts.building', { read: position.read, streams: position.streams })
        : t('accounts.failing', { why: position.explanation ?? '' })}
    </p>
  )
}
