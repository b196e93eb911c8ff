import { CircleSlash, Power } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { asProblem } from '@/api/problem'
import type { Exclusion, Test, TestItem } from '@/api/tests'
import { visible } from '@/lib/visible'
import { statement } from '@/lib/words'
import { Button } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { Dialog } from '@/ui/Dialog'
import { describe, FieldFrame, TextArea, TextInput } from '@/ui/Field'
import { Sentence, Text } from '@/ui/Text'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { useExclude, useTurn, useWithdraw } from './queries'

const maxReason = 2000

/** What a person calls an item. */
export const itemName = (item: Pick<TestItem, 'name' | 'key' | 'alias'>) => item.name || item.key || item.alias || t('tests.findings.everything')

/** Takes one item out of a test, with a reason and perhaps an end. */
export function ExcludeDialog({ test, item, onClose }: { test: Test; item: TestItem; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const [until, setUntil] = useState('')
  const exclude = useExclude(test.id, () => {
    notify.done(t('tests.decide.excluded', { item: visible(itemName(item), 80) }))
    onClose()
  })
  const { connection, stream, key } = item
  return (
    <Ask
      wide
      title={t('tests.decide.excludeTitle', { item: visible(itemName(item), 80) })}
      act={t('tests.decide.exclude')}
      reason={reason}
      onReason={setReason}
      asking={exclude}
      onAct={() => exclude.mutate({ ...(connection && { connection }), ...(stream && { stream }), ...(key && { key }), reason: reason.trim(), ...(until && { until }) })}
      onClose={onClose}
      lead={<Compared chosen="exclude" />}
    >
      <FieldFrame id="exclude-until" label={t('tests.decide.until')} description={t('tests.decide.untilAbout')}>
        <TextInput
          {...describe({ id: 'exclude-until', description: true })}
          type="date"
          className="w-44!"
          min={new Date().toLocaleDateString('sv')}
          value={until}
          onChange={(event) => setUntil(event.target.value)}
        />
      </FieldFrame>
    </Ask>
  )
}

/** Turns a test off, with a reason. */
export function DisableDialog({ test, onClose }: { test: Test; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const turn = useTurn(test.setting, () => {
    notify.done(t('tests.decide.disabled'))
    onClose()
  })
  return (
    <Ask
      wide
      title={t('tests.decide.disableTitle')}
      act={t('tests.decide.disable')}
      reason={reason}
      onReason={setReason}
      asking={turn}
      onAct={() => turn.mutate({ off: true, reason: reason.trim() })}
      onClose={onClose}
      lead={<Compared chosen="disable" />}
    />
  )
}

/** Has an item judged again that was taken out. */
export function WithdrawDialog({ exclusion, onClose }: { exclusion: Exclusion; onClose: () => void }) {
  const [reason, setReason] = useState('')
  const item = visible(itemName(exclusion), 80)
  const withdraw = useWithdraw(exclusion, () => {
    notify.done(t('tests.decide.withdrawn', { item }))
    onClose()
  })
  return (
    <Ask
      title={t('tests.decide.withdrawTitle', { item })}
      act={t('tests.decide.withdraw')}
      reason={reason}
      onReason={setReason}
      asking={withdraw}
      onAct={() => withdraw.mutate(reason.trim())}
      onClose={onClose}
      lead={
        <p>
          {t('tests.decide.withdrawText')} <Sentence>{statement(exclusion.reason)}</Sentence>
        </p>
      }
    />
  )
}

interface AskProps {
  title: string
  act: string
  reason: string
  onReason: (reason: string) => void
  asking: { isPending: boolean; error: Error | null }
  onAct: () => void
  onClose: () => void
  lead: ReactNode
  wide?: boolean
  children?: ReactNode
}

/** A decision that needs a reason. */
function Ask({ title, act, reason, onReason, asking, onAct, onClose, lead, wide, children }: AskProps) {
  const problem = asking.error && asProblem(asking.error)
  const field = {
    id: 'decision-reason',
    description: t('tests.decide.reasonAbout'),
    error: problem ? (
      <span role="alert">
        <Sentence>{statement(problem.message)}</Sentence> {problem.remedy && <Sentence>{statement(problem.remedy)}</Sentence>}
      </span>
    ) : undefined,
  }
  return (
    <Dialog
      open
      wide={wide}
      onClose={onClose}
      title={<Text>{title}</Text>}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" asksAgent busy={asking.isPending} disabled={reason.trim() === ''} onClick={onAct}>
            {act}
          </Button>
        </>
      }
    >
      {lead}
      <div className="space-y-3 text-text">
        <FieldFrame {...field} label={t('tests.decide.reason')} required>
          <TextArea {...describe(field)} data-first required rows={3} maxLength={maxReason} spellCheck value={reason} onChange={(event) => onReason(event.target.value)} />
        </FieldFrame>
        {children}
      </div>
    </Dialog>
  )
}

/** Two decisions that are easily taken for one another, side by side. */
function Compared({ chosen }: { chosen: 'exclude' | 'disable' }) {
  return (
    <ul className="grid gap-3 text-sm sm:grid-cols-2">
      {(['exclude', 'disable'] as const).map((name) => {
        const Icon = name === 'exclude' ? CircleSlash : Power
        return (
          <li key={name} className={cx('rounded-md border p-3', name === chosen ? 'border-accent bg-accent-soft text-text' : 'border-line')}>
            <p className="flex items-center gap-1.5 font-medium">
              <Icon size={14} aria-hidden />
              {t(`tests.decide.${name}Name`)}
            </p>
            <p className="mt-1">{t(`tests.decide.${name}Means`)}</p>
            {name === chosen && <p className="mt-1 text-xs font-medium text-accent">{t('tests.decide.here')}</p>}
          </li>
        )
      })}
    </ul>
  )
}
