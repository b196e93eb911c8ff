import type { Account } from '@/api/people'
import { targetOf, type Ask } from '@/parts/accounts/DecisionDialog'
import { valueWord } from '@/parts/accounts/names'
import { PersonName } from '@/parts/accounts/PersonName'
import type { Decisions } from '@/parts/accounts/useDecisions'
import { Button } from '@/ui/Button'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { Fact, Part } from './Part'

/** What people decide about an account: scope, who holds it, who answers for it, a note. */
export function Decided({ account, decisions }: { account: Account; decisions: Decisions }) {
  const change = (ask: Ask, title: string) => (
    <Button size="sm" look="ghost" asksAgent aria-label={`${t('accounts.panel.change')}: ${title}`} onClick={() => decisions.ask(ask, targetOf([account]))}>
      {t('accounts.panel.change')}
    </Button>
  )
  const whole = account.row !== 'person'
  return (
    <Part title={t('accounts.panel.decisions')}>
      <dl className="divide-y divide-line">
        <Fact title={t('accounts.panel.scope')} action={change(account.in_scope ? 'out' : 'in', t('accounts.panel.scope'))}>
          {account.in_scope ? t('accounts.panel.inScope') : <strong className="font-medium">{t('accounts.panel.outOfScope')}</strong>}
          {account.rationale && (
            <span className="block text-muted">
              <Text>{account.rationale}</Text>
            </span>
          )}
        </Fact>
        {whole && (
          <Fact title={t('accounts.column.kind')} action={change('kind', t('accounts.column.kind'))}>
            {valueWord(account.kind)}{' '}
            {account.kind_from && <span className="text-muted">{t(`accounts.panel.kindFrom_${account.kind_from}`)}</span>}
          </Fact>
        )}
        {whole && (
          <Fact title={t('accounts.panel.owner')} action={change('owner', t('accounts.panel.owner'))}>
            {account.owner ? <PersonName person={account.owner} /> : <span className="text-muted">{t('accounts.panel.noOwner')}</span>}
          </Fact>
        )}
        <Fact title={t('accounts.panel.note')} action={change('note', t('accounts.panel.note'))}>
          {account.note ? (
            <span className="whitespace-pre-line">
              <Text lines>{account.note}</Text>
            </span>
          ) : (
            <span className="text-muted">{t('accounts.panel.noNote')}</span>
          )}
        </Fact>
      </dl>
      <p className="mt-2 text-xs text-muted">{t('accounts.readOnly')}</p>
    </Part>
  )
}
