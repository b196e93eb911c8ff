import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { decideAccounts, type DecisionReport } from '@/api/people'
import { asProblem } from '@/api/problem'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import type { Ask, Target } from './DecisionDialog'

export interface Done {
  report: DecisionReport
  undone: boolean
}

/** Decisions about accounts: what is asked for now, what became of the latest, and how to take that back. */
export function useDecisions(onDone?: () => void) {
  const cache = useQueryClient()
  const [asking, setAsking] = useState<{ ask: Ask; target: Target }>()
  const [done, setDone] = useState<Done>()
  const finish = (report: DecisionReport, undone = false) => {
    setDone({ report, undone })
    onDone?.()
    // The event says so too; the person who decided need not wait for it.
    void cache.invalidateQueries({ queryKey: ['accounts'] })
    void cache.invalidateQueries({ queryKey: ['people'] })
  }
  const undo = useMutation({
    mutationFn: (report: DecisionReport) => {
      const changed = report.items.filter((item) => item.outcome === 'changed')
      const revisions = Object.fromEntries(changed.map((item) => [item.account, item.revision]))
      return decideAccounts({ ids: changed.map((item) => item.account), revisions }, { undo: true }, false)
    },
    onSuccess: (report) => finish(report, true),
    onError: (error) => notify.failed(t('accounts.report.failed'), asProblem(error).message),
  })
  return {
    asking,
    ask: (ask: Ask, target: Target) => setAsking({ ask, target }),
    dismiss: () => setAsking(undefined),
    done,
    finish,
    undo: () => done && undo.mutate(done.report),
    undoing: undo.isPending,
    close: () => setDone(undefined),
  }
}

export type Decisions = ReturnType<typeof useDecisions>
