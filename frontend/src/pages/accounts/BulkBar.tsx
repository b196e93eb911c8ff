import { EyeOff, Eye, Link2, Link2Off, Tag, UserRound } from 'lucide-react'
import type { Ask } from '@/parts/accounts/DecisionDialog'
import { DecisionReport } from '@/parts/accounts/DecisionReport'
import type { Decisions } from '@/parts/accounts/useDecisions'
import { Button } from '@/ui/Button'
import { t } from '@/words'
import type { Selection } from './useSelection'

const actions: { ask: Ask; Icon: typeof Link2 }[] = [
  { ask: 'link', Icon: Link2 },
  { ask: 'unlink', Icon: Link2Off },
  { ask: 'out', Icon: EyeOff },
  { ask: 'in', Icon: Eye },
  { ask: 'owner', Icon: UserRound },
  { ask: 'kind', Icon: Tag },
]

interface Props {
  selection: Selection
  decisions: Decisions
  matched: number | undefined
}

/** What is selected and what can be decided about it; then what became of that. */
export function BulkBar({ selection, decisions, matched = 0 }: Props) {
  const target = selection.target()
  if (!target && !decisions.done) return null
  return (
    <section aria-label={t('accounts.bulk')} className="border-t border-line bg-panel p-2">
      <DecisionReport decisions={decisions} />
      {target && (
        <div className="flex flex-wrap items-center gap-1.5">
          <p className="tabular px-2 text-sm font-medium" role="status">
            {selection.all ? t('accounts.selectedAll', { all: selection.count }) : t('accounts.selected', { count: selection.count })}
          </p>
          {!selection.all && selection.count < matched && (
            <Button size="sm" look="ghost" onClick={() => selection.selectAll(matched)}>
              {t('accounts.selectAll', { all: matched })}
            </Button>
          )}
          <Button size="sm" look="ghost" onClick={selection.clear}>
            {t('accounts.selectNone')}
          </Button>
          <span className="mx-1 hidden h-5 w-px bg-line md:block" />
          {actions.map(({ ask, Icon }) => (
            <Button key={ask} size="sm" asksAgent icon={<Icon size={14} aria-hidden />} onClick={() => decisions.ask(ask, target)}>
              {t(`accounts.do.${ask}`)}
            </Button>
          ))}
        </div>
      )}
    </section>
  )
}
