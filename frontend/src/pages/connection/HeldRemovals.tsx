import { ShieldQuestion } from 'lucide-react'
import { useState } from 'react'
import type { ConnectionStatus, HeldRemoval } from '@/api/types'
import { Button } from '@/ui/Button'
import { Sentence } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { HeldDialog } from './HeldDialog'

/** So much disappeared at once that a person has to say whether it is true: one bar for each stream. */
export function HeldRemovals({ connection }: { connection: ConnectionStatus }) {
  const [asked, setAsked] = useState<HeldRemoval>()
  const held = connection.streams.flatMap((stream) => stream.held ?? [])
  const open = held.find((removal) => removal.stream === asked?.stream)
  if (held.length === 0) return null
  return (
    <section aria-label={t('connection.held.label')} className="mt-6 divide-y divide-line overflow-hidden rounded-lg border border-line">
      {held.map((removal) => (
        <HeldBar key={removal.stream} removal={removal} onLook={() => setAsked(removal)} />
      ))}
      {open && (
        <HeldDialog key={open.id} connection={connection} removal={open} changed={open.id !== asked?.id} onClose={() => setAsked(undefined)} />
      )}
    </section>
  )
}

function HeldBar({ removal, onLook }: { removal: HeldRemoval; onLook: () => void }) {
  const waits = removal.rejected_at === null
  return (
    <div
      className={`flex flex-wrap items-center gap-x-4 gap-y-2 px-4 py-3 ${waits ? 'bg-warn-soft' : 'bg-panel'}`}
      data-held={removal.stream}
      data-waits={waits}
    >
      <ShieldQuestion size={16} aria-hidden className={waits ? 'text-warn' : 'text-muted'} />
      <div className="min-w-0 flex-1 basis-72 text-sm">
        <p>
          <strong className="font-semibold">
            <Sentence>{t(waits ? 'connection.held.sum' : 'connection.held.rejected', { count: removal.removes, title: removal.title })}</Sentence>
          </strong>{' '}
          {t('connection.held.of', { removes: removal.removes, known: removal.known })}
        </p>
        <p className="mt-0.5 text-xs text-muted">
          {t(waits ? 'connection.held.found' : 'connection.held.exist')} <Time at={waits ? removal.since : removal.rejected_at} />
        </p>
      </div>
      <Button size="sm" onClick={onLook}>
        {t(waits ? 'connection.held.decide' : 'connection.held.see')}
      </Button>
    </div>
  )
}
