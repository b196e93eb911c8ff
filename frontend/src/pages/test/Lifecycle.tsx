import { Power } from 'lucide-react'
import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { Test } from '@/api/tests'
import { zonedTime } from '@/lib/time'
import { actorWords, statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Sentence } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { DisableDialog } from './Dialogs'
import { useTurn } from './queries'

/** Turns the test off or on: whether it is judged is apart from what it finds. */
export function TurnButton({ test }: { test: Test }) {
  const [asked, setAsked] = useState(false)
  const turn = useTurn(test.setting, () => notify.done(t('tests.decide.enabled')))
  if (test.lifecycle === 'draft' || test.lifecycle === 'retired') return null
  if (test.lifecycle !== 'disabled') {
    return (
      <>
        <Button icon={<Power size={14} aria-hidden />} asksAgent onClick={() => setAsked(true)}>
          {t('tests.decide.disableAsk')}
        </Button>
        {asked && <DisableDialog test={test} onClose={() => setAsked(false)} />}
      </>
    )
  }
  const enable = () =>
    turn.mutate({ off: false, reason: '' }, { onError: (error) => notify.failed(t('tests.decide.notSaved'), statement(asProblem(error).message)) })
  return (
    <Button look="primary" icon={<Power size={14} aria-hidden />} asksAgent busy={turn.isPending} onClick={enable}>
      {t('tests.decide.enable')}
    </Button>
  )
}

/** Who turned a test off, when and why. */
export function DisabledNote({ test }: { test: Test }) {
  const { by, at, reason, disabled } = test.setting
  if (!disabled) return null
  return (
    <p role="note" className="mt-4 rounded-md border border-line bg-sunken px-4 py-2.5 text-sm" data-disabled>
      {by && at ? t('tests.decide.disabledBy', { actor: actorWords(by), moment: zonedTime(at) }) : t('tests.lifecycle.disabled')}{' '}
      <Sentence>{statement(reason ?? '')}</Sentence>
    </p>
  )
}
