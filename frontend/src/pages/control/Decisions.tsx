import { useState } from 'react'
import type { Control } from '@/api/assurance'
import { asProblem } from '@/api/problem'
import { zonedTime } from '@/lib/time'
import { visible } from '@/lib/visible'
import { actorWords, statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { describe, FieldFrame, TextArea, TextInput } from '@/ui/Field'
import { card, Section } from '@/ui/Section'
import { Sentence, Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { useEditControl } from './queries'

/** Who answers for the control, and a way to say so. */
export function Owner({ control }: { control: Control }) {
  const [asked, setAsked] = useState(false)
  return (
    <Section
      title={t('controls.owner.title')}
      aside={
        <Button size="sm" asksAgent onClick={() => setAsked(true)}>
          {t('controls.owner.change')}
        </Button>
      }
    >
      <p className={`${card} px-4 py-3`}>
        {control.owner ? <Text>{control.owner}</Text> : control.role ? t('controls.owner.none', { role: control.role }) : t('controls.owner.noneAtAll')}
      </p>
      {asked && <OwnerDialog control={control} onClose={() => setAsked(false)} />}
    </Section>
  )
}

function OwnerDialog({ control, onClose }: { control: Control; onClose: () => void }) {
  const [owner, setOwner] = useState(control.owner ?? '')
  const edit = useEditControl(control, () => {
    notify.done(t('controls.owner.saved'))
    onClose()
  })
  const field = { id: 'control-owner', description: t('controls.owner.about'), error: edit.error ? visible(statement(asProblem(edit.error).message)) : undefined }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t('controls.owner.change')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" asksAgent busy={edit.isPending} onClick={() => edit.mutate({ owner: owner.trim() })}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <FieldFrame {...field} label={t('controls.owner.label')}>
        <TextInput {...describe(field)} data-first maxLength={200} value={owner} onChange={(event) => setOwner(event.target.value)} />
      </FieldFrame>
    </Dialog>
  )
}

/** Whether the control applies, by whose decision and why, and a way to decide. */
export function Applicability({ control }: { control: Control }) {
  const [asked, setAsked] = useState(false)
  const decision = control.applicability
  const said = decision && { actor: actorWords(decision.by), moment: zonedTime(decision.at) }
  return (
    <Section
      title={t('controls.applies.title')}
      aside={
        <Button size="sm" asksAgent onClick={() => setAsked(true)}>
          {t(control.applies ? 'controls.applies.leave' : 'controls.applies.take')}
        </Button>
      }
    >
      <div className={`${card} px-4 py-3`}>
        <p>{said ? t(control.applies ? 'controls.applies.yes' : 'controls.applies.no', said) : t('controls.applies.byDefault')}</p>
        {decision?.reason && (
          <p className="mt-1 text-muted" data-applicability>
            <Sentence>{statement(decision.reason)}</Sentence>
          </p>
        )}
      </div>
      {asked && <AppliesDialog control={control} onClose={() => setAsked(false)} />}
    </Section>
  )
}

const maxReason = 1000

function AppliesDialog({ control, onClose }: { control: Control; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const edit = useEditControl(control, () => {
    notify.done(t('controls.applies.saved'))
    onClose()
  })
  const leaves = control.applies
  const field = { id: 'control-reason', description: t('controls.applies.reasonAbout'), error: edit.error ? visible(statement(asProblem(edit.error).message)) : undefined }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(leaves ? 'controls.applies.leaveTitle' : 'controls.applies.takeTitle')}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button
            look="primary"
            asksAgent
            busy={edit.isPending}
            disabled={leaves && reason.trim() === ''}
            onClick={() => edit.mutate({ applies: !leaves, reason: reason.trim() })}
          >
            {t(leaves ? 'controls.applies.leave' : 'controls.applies.take')}
          </Button>
        </>
      }
    >
      <p>{t(leaves ? 'controls.applies.leaveText' : 'controls.applies.takeText')}</p>
      <FieldFrame {...field} label={t('controls.applies.reason')} required={leaves}>
        <TextArea {...describe(field)} data-first rows={3} maxLength={maxReason} spellCheck required={leaves} value={reason} onChange={(event) => setReason(event.target.value)} />
      </FieldFrame>
    </Dialog>
  )
}
