import { useState } from 'react'
import { decideAccounts, type Account, type Deciding, type DecisionEdit, type DecisionReport, type PersonRef } from '@/api/people'
import { visible } from '@/lib/visible'
import { FieldFrame, Select, TextArea } from '@/ui/Field'
import { t } from '@/words'
import { ChangeDialog } from './ChangeDialog'
import { accountName, valueWord } from './names'
import { PersonChooser, type Chosen } from './PersonChooser'

/** What can be decided about accounts. */
export type Ask = 'link' | 'unlink' | 'automatic' | 'out' | 'in' | 'owner' | 'kind' | 'note'

/** The accounts that a decision is about. */
export interface Target {
  of: Deciding
  count: number
  /** The account, when it is one. */
  one?: Account
  /** What is chosen to begin with. */
  person?: PersonRef
  kind?: Account['kind']
}

export const targetOf = (accounts: readonly Account[]): Target => ({
  of: { ids: accounts.map((a) => a.id), revisions: Object.fromEntries(accounts.map((a) => [a.id, a.revision])) },
  count: accounts.length,
  ...(accounts.length === 1 && accounts[0] && { one: accounts[0] }),
})

interface Props {
  ask: Ask
  target: Target
  onClose: () => void
  onDone: (report: DecisionReport) => void
}

const kinds = ['human', 'service', 'bot', 'external'] as const
type Kind = (typeof kinds)[number] | ''

const maxRationale = 1000

/** Asks for one part of a decision about one account or several. */
export function DecisionDialog({ ask, target, onClose, onDone }: Props) {
  const { one } = target
  const [person, setPerson] = useState<Chosen | undefined>(target.person ?? (ask === 'owner' ? one?.owner : undefined))
  const [text, setText] = useState((ask === 'note' ? one?.note : ask === 'out' ? one?.rationale : '') ?? '')
  const [kind, setKind] = useState<Kind>(kinds.find((k) => k === (target.kind ?? (one?.kind_from === 'decision' ? one.kind : ''))) ?? '')
  const change = changeOf(ask, person, text.trim(), kind)
  const title = t('accounts.askOf', { what: t(`accounts.ask.${ask}`), name: one ? visible(accountName(one), 80) : '', count: target.count })
  return (
    <ChangeDialog
      title={title}
      effect={t(`accounts.effect.${ask}`)}
      run={change && ((preview, signal) => decideAccounts(target.of, change, preview, signal))}
      changeKey={JSON.stringify([target.of, change])}
      onClose={onClose}
      onDone={onDone}
    >
      {(ask === 'link' || ask === 'owner') && (
        <PersonChooser value={person} onChange={setPerson} first={firstOf(ask, target)} nobody={ask === 'owner'} />
      )}
      {ask === 'out' && (
        <FieldFrame id="rationale" label={t('accounts.rationale')} required description={t('accounts.rationaleAbout')}>
          <TextArea id="rationale" data-first required rows={3} maxLength={maxRationale} spellCheck aria-describedby="rationale-about" value={text} onChange={(e) => setText(e.target.value)} />
        </FieldFrame>
      )}
      {ask === 'note' && (
        <FieldFrame id="note" label={t('accounts.noteLabel')}>
          <TextArea id="note" data-first rows={3} maxLength={maxRationale} spellCheck value={text} onChange={(e) => setText(e.target.value)} />
        </FieldFrame>
      )}
      {ask === 'kind' && (
        <FieldFrame id="kind" label={t('accounts.kindLabel')} required>
          <Select id="kind" data-first value={kind} onChange={(e) => setKind(kinds.find((k) => k === e.target.value) ?? '')}>
            <option value="">{t('accounts.kindAsRecord')}</option>
            {kinds.map((k) => (
              <option key={k} value={k}>
                {valueWord(k)}
              </option>
            ))}
          </Select>
        </FieldFrame>
      )}
    </ChangeDialog>
  )
}

/** The persons to begin with: those who have the address, or whose it is now. */
function firstOf(ask: Ask, { one, person }: Target): PersonRef[] {
  if (ask !== 'link') return []
  const known = one?.link.candidates ?? (one?.link.person ? [one.link.person] : [])
  return person ? [person, ...known.filter((other) => other.id !== person.id)] : known
}

/** The change that a form asks for; undefined while it is not complete. */
export function changeOf(ask: Ask, person: Chosen | undefined, text: string, kind: Kind): DecisionEdit | undefined {
  switch (ask) {
    case 'link':
      return person && { person: person.id }
    case 'unlink':
      return { link: 'none' }
    case 'automatic':
      return { link: 'automatic' }
    case 'out':
      return text === '' ? undefined : { in_scope: false, rationale: text }
    case 'in':
      return { in_scope: true }
    case 'owner':
      return { owner: person?.id ?? '' }
    case 'kind':
      return { kind }
    default:
      return { note: text }
  }
}
