import { CircleAlert, CircleCheck, Undo2, X } from 'lucide-react'
import { statement } from '@/lib/words'
import { Button, IconButton } from '@/ui/Button'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import { DecisionDialog } from './DecisionDialog'
import { resultName } from './names'
import type { Decisions } from './useDecisions'

/** The question that is asked now. */
export function DecisionQuestion({ decisions }: { decisions: Decisions }) {
  const { asking } = decisions
  if (!asking) return null
  return <DecisionDialog ask={asking.ask} target={asking.target} onClose={decisions.dismiss} onDone={(report) => decisions.finish(report)} />
}

/** What became of the latest change, with the accounts that were refused by name. */
export function DecisionReport({ decisions }: { decisions: Decisions }) {
  const { done } = decisions
  if (!done) return null
  const { report, undone } = done
  const refused = report.items.filter((item) => item.outcome === 'refused')
  return (
    <div className="flex flex-wrap items-start gap-x-3 gap-y-1 px-2 py-1 text-sm" data-report={report.changed}>
      {refused.length > 0 ? (
        <CircleAlert size={16} aria-hidden className="mt-1.5 shrink-0 text-bad" />
      ) : (
        <CircleCheck size={16} aria-hidden className="mt-1.5 shrink-0 text-ok" />
      )}
      <div role="status" aria-label={t('accounts.report.label')} className="min-w-0 flex-1 py-1">
        <p className="font-medium">
          {t(undone ? 'accounts.report.undone' : 'accounts.report.changed', { count: report.changed })}{' '}
          {report.unchanged > 0 && t('accounts.report.unchanged', { count: report.unchanged })}
        </p>
        {refused.length > 0 && (
          <>
            <p className="mt-1 text-bad">{t('accounts.report.refused', { count: refused.length })}</p>
            <ul className="max-h-32 list-disc overflow-y-auto pl-5">
              {refused.map((item) => (
                <li key={item.suggestion ?? item.account}>
                  <span className="font-medium">
                    <Text>{resultName(item)}</Text>
                  </span>
                  {': '}
                  <Sentence>{statement(item.problem?.message ?? '')}</Sentence> <Sentence>{item.problem?.remedy}</Sentence>
                </li>
              ))}
            </ul>
          </>
        )}
      </div>
      {!undone && report.changed > 0 && (
        <Button size="sm" asksAgent busy={decisions.undoing} icon={<Undo2 size={14} aria-hidden />} onClick={decisions.undo}>
          {t('accounts.report.undo')}
        </Button>
      )}
      <IconButton label={t('common.close')} onClick={decisions.close}>
        <X size={14} aria-hidden />
      </IconButton>
    </div>
  )
}
