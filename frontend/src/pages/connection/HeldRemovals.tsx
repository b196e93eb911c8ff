import { ShieldQuestion } from 'lucide-react'
import { useState } from 'react'
import type { ConnectionStatus, Run } from '@/api/types'
import { count, plural } from '@/lib/numbers'
import { useConnectionVerbs } from '@/parts/connectionMenu'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'

/** So much disappeared at once that a person has to say whether it is true. */
export function HeldRemovals({ connection, run, held }: { connection: ConnectionStatus; run: Run; held: number }) {
  const [asking, setAsking] = useState(false)
  const verbs = useConnectionVerbs(connection)
  const steps = run.steps.filter((step) => (step.held ?? 0) > 0)
  const confirm = () => {
    verbs.sync(true)
    setAsking(false)
  }
  return (
    <div className="flex flex-wrap items-center gap-3 border-b border-line bg-warn-soft px-4 py-3">
      <ShieldQuestion size={16} aria-hidden className="text-warn" />
      <p className="min-w-0 flex-1 basis-64 text-sm">
        <strong className="font-semibold">{plural(held, 'removal is', 'removals are')} held.</strong> More records were missing than usual, so
        Plumbline keeps them until you confirm that they are really gone.
      </p>
      <Button size="sm" disabled={connection.activity !== 'idle'} onClick={() => setAsking(true)}>
        Confirm removals
      </Button>
      <Dialog
        open={asking}
        onClose={() => setAsking(false)}
        title="Confirm the held removals?"
        footer={
          <>
            <Button onClick={() => setAsking(false)}>Keep holding</Button>
            <Button look="primary" onClick={confirm}>
              Confirm and sync
            </Button>
          </>
        }
      >
        <p>In the last complete read of {connection.connector_name} these were no longer there:</p>
        <ul className="list-disc space-y-1 pl-5">
          {steps.map((step) => (
            <li key={step.name}>
              {step.title}: {count(step.held ?? 0)}
            </li>
          ))}
        </ul>
        <p>A new sync starts. What it does not find is recorded as removed; earlier versions stay in the history.</p>
      </Dialog>
    </div>
  )
}
