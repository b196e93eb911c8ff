import { Square } from 'lucide-react'
import { useCancelRun } from '@/api/actions'
import { asProblem } from '@/api/problem'
import { Button } from '@/ui/Button'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'

/** Asks a run to stop. What it has stored stays. */
export function CancelRunButton({ run }: { run: string | undefined }) {
  const cancel = useCancelRun({ onFailed: (error) => notify.failed(t('run.cancelFailed'), asProblem(error).message) })
  return (
    <Button asksAgent icon={<Square size={12} aria-hidden />} busy={cancel.isPending} disabled={!run} onClick={() => run && cancel.mutate(run)}>
      {t('run.cancel')}
    </Button>
  )
}
