import { Link2, Link2Off } from 'lucide-react'
import type { Account, Suggestion } from '@/api/people'
import { actorWords } from '@/lib/words'
import { targetOf } from '@/parts/accounts/DecisionDialog'
import { personName } from '@/parts/accounts/names'
import { PersonName, PersonStatusChip } from '@/parts/accounts/PersonName'
import type { Decisions } from '@/parts/accounts/useDecisions'
import { Button } from '@/ui/Button'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { Part } from './Part'
import { useSuggestionsOf } from './queries'

/** Which person an account belongs to and why, and who it may be while that is not known. */
export function Whose({ account, decisions }: { account: Account; decisions: Decisions }) {
  const { link } = account
  const target = targetOf([account])
  const decided = link.by === 'decision'
  if (account.row === 'person') {
    return <Part title={t('accounts.panel.whose')}>{link.person && <PersonName person={link.person} />}</Part>
  }
  return (
    <Part
      title={t('accounts.panel.whose')}
      aside={
        <span className="flex flex-wrap justify-end gap-1">
          <Button size="sm" asksAgent icon={<Link2 size={14} aria-hidden />} onClick={() => decisions.ask('link', target)}>
            {t('accounts.do.link')}
          </Button>
          {link.person && (
            <Button size="sm" asksAgent icon={<Link2Off size={14} aria-hidden />} onClick={() => decisions.ask('unlink', target)}>
              {t('accounts.do.unlink')}
            </Button>
          )}
        </span>
      }
    >
      {link.person && <PersonName person={link.person} />}
      {link.person?.gone && <p className="text-muted">{t('accounts.panel.gone')}</p>}
      <p className="text-muted">
        <Why account={account} />
      </p>
      {decided && (
        <Button size="sm" look="ghost" asksAgent className="mt-1 -ml-2" onClick={() => decisions.ask('automatic', target)}>
          {t('accounts.do.automatic')}
        </Button>
      )}
      {link.state === 'ambiguous' && (
        <ul className="mt-1 space-y-1">
          {link.candidates?.map((person) => (
            <li key={person.id}>
              <PersonName person={person} />
            </li>
          ))}
        </ul>
      )}
      {account.suggestions > 0 && <Suggestions account={account} decisions={decisions} />}
    </Part>
  )
}

function Why({ account: { link, decided_by: by, decided_at: at } }: { account: Account }) {
  if (link.state === 'ambiguous') return t('accounts.panel.candidates')
  if (link.by === 'email') return t('accounts.panel.byEmail')
  if (link.by !== 'decision') return t('accounts.panel.nobody')
  if (!link.person) return t('accounts.panel.decidedNobody')
  return (
    <>
      <Text>{by ? t('accounts.panel.byDecision', { actor: actorWords(by) }) : t('accounts.panel.byDecisionPlain')}</Text> <Time at={at} missing="" />
    </>
  )
}

function Suggestions({ account, decisions }: { account: Account; decisions: Decisions }) {
  const { data } = useSuggestionsOf(account.id, true)
  if (!data || data.items.length === 0) return null
  return (
    <div className="mt-3 rounded-md bg-sunken p-3">
      <h4 className="font-medium">{t('accounts.panel.suggestions')}</h4>
      {account.privileged === 'yes' && <p className="text-muted">{t('accounts.panel.privileged')}</p>}
      <ul className="mt-1 divide-y divide-line">
        {data.items.map((suggestion) => (
          <li key={suggestion.id} className="py-2" data-suggestion={suggestion.person.id}>
            <SuggestionRow suggestion={suggestion} onAccept={() => decisions.ask('link', { ...targetOf([account]), person: suggestion.person })} />
          </li>
        ))}
      </ul>
    </div>
  )
}

function SuggestionRow({ suggestion, onAccept }: { suggestion: Suggestion; onAccept: () => void }) {
  const { person, confidence, explanation } = suggestion
  return (
    <div className="flex flex-wrap items-start justify-between gap-2">
      <div className="min-w-52 flex-1">
        <p className="flex flex-wrap items-center gap-x-2">
          <span className="font-medium">
            <Text>{personName(person)}</Text>
          </span>
          <PersonStatusChip status={person.status} />
          <span className="tabular text-muted">{t('accounts.panel.confidence', { percent: Math.round(confidence * 100) })}</span>
        </p>
        <p className="text-muted">
          <Sentence>{explanation}</Sentence>
        </p>
      </div>
      <Button size="sm" asksAgent onClick={onAccept} icon={<Link2 size={14} aria-hidden />}>
        <span className="max-w-40 truncate">
          <Text>{t('accounts.panel.accept', { name: personName(person) })}</Text>
        </span>
      </Button>
    </div>
  )
}
