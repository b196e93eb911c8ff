import { Undo2 } from 'lucide-react'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { decideAccounts, type Account, type AccountHistory } from '@/api/people'
import { asProblem } from '@/api/problem'
import { actorWords } from '@/lib/words'
import { targetOf } from '@/parts/accounts/DecisionDialog'
import { valueWord } from '@/parts/accounts/names'
import type { Decisions } from '@/parts/accounts/useDecisions'
import { Button } from '@/ui/Button'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { Part } from './Part'
import { useAccountHistory } from './queries'

/** Who decided what about an account, newest first; the latest can be taken back. */
export function History({ account, decisions }: { account: Account; decisions: Decisions }) {
  const query = useAccountHistory(account.id)
  const undo = useUndo(account, decisions)
  const history = query.data ?? []
  return (
    <Part
      title={t('accounts.panel.history')}
      aside={
        history.length > 0 && (
          <Button size="sm" asksAgent busy={undo.isPending} icon={<Undo2 size={14} aria-hidden />} onClick={() => undo.mutate()}>
            {t('accounts.panel.undoLatest')}
          </Button>
        )
      }
    >
      {query.isError ? (
        <p role="alert" className="text-muted">
          {t('accounts.panel.historyFailed')} <Sentence>{asProblem(query.error).message}</Sentence>
        </p>
      ) : history.length === 0 ? (
        <p className="text-muted">{query.isPending ? t('accounts.panel.loading') : t('accounts.panel.historyNone')}</p>
      ) : (
        <ol className="space-y-3 border-l border-line pl-4">
          {history.map((one) => (
            <li key={one.revision}>
              <Entry entry={one} />
            </li>
          ))}
        </ol>
      )}
    </Part>
  )
}

function useUndo(account: Account, decisions: Decisions) {
  const cache = useQueryClient()
  return useMutation({
    mutationFn: () => decideAccounts(targetOf([account]).of, { undo: true }, false),
    onSuccess: (report) => decisions.finish(report, true),
    onError: (error) => {
      notify.failed(t('accounts.report.failed'), asProblem(error).message)
      void cache.invalidateQueries({ queryKey: ['accounts'] })
    },
  })
}

function Entry({ entry }: { entry: AccountHistory }) {
  return (
    <>
      <p className="text-muted">
        <Time at={entry.at} /> · <Text>{actorWords(entry.actor)}</Text>
        {entry.action === 'undone' && ` · ${t('accounts.panel.undone')}`}
      </p>
      <ul>
        {entry.changes.map((change) => (
          <li key={change.part} className="break-words">
            <span className="text-muted">{t(`accounts.part.${change.part}`)}: </span>
            {change.before && (
              <>
                <del className="text-muted">
                  <Text>{said(change.part, change.before)}</Text>
                </del>
                {' → '}
              </>
            )}
            {change.after ? (
              <ins className="no-underline">
                <Text>{said(change.part, change.after)}</Text>
              </ins>
            ) : (
              <span className="text-muted">{t('accounts.panel.none')}</span>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}

const said = (part: string, value: string) => (part === 'kind' || part === 'scope' ? valueWord(value) : value)
