import { ThumbsDown, ThumbsUp } from 'lucide-react'
import { useState, type FormEvent } from 'react'
import { asProblem } from '@/api/problem'
import type { Summary } from '@/api/types'
import { statement } from '@/lib/words'
import { Button, IconButton } from '@/ui/Button'
import { cx } from '@/ui/cx'
import { FieldFrame, TextInput } from '@/ui/Field'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'
import { useRate } from './queries'

/** Whether a summary helped, and why. Pressing a thumb again takes the verdict back. */
export function Feedback({ connection, feedback }: { connection: string; feedback: Summary['feedback'] }) {
  const rate = useRate(connection)
  const [reason, setReason] = useState(feedback?.reason ?? '')
  const verdict = feedback?.verdict
  const press = (pressed: 'up' | 'down') => rate.mutate(pressed === verdict ? { verdict: '' } : { verdict: pressed, reason })
  const save = (event: FormEvent) => {
    event.preventDefault()
    if (verdict) rate.mutate({ verdict, reason })
  }
  const Thumb = verdict === 'down' ? ThumbsDown : ThumbsUp
  return (
    <div className="flex flex-wrap items-end gap-x-4 gap-y-2 border-t border-line px-4 py-2 text-sm" data-verdict={verdict ?? 'none'}>
      <div role="group" aria-label={t('summary.feedback.question')} className="flex items-center gap-1">
        <span className="mr-1 text-muted">{t('summary.feedback.question')}</span>
        {(['up', 'down'] as const).map((one) => (
          <IconButton key={one} label={t(`summary.feedback.${one}`)} aria-pressed={verdict === one} disabled={rate.isPending} onClick={() => press(one)}
            className={cx(verdict === one && 'bg-sunken text-text')}>
            {one === 'up' ? <ThumbsUp size={15} aria-hidden /> : <ThumbsDown size={15} aria-hidden />}
          </IconButton>
        ))}
      </div>
      {verdict ? (
        <form onSubmit={save} className="flex min-w-0 flex-1 flex-wrap items-end gap-2">
          <div className="min-w-40 flex-1">
            <FieldFrame id={`why-${connection}`} label={t('summary.feedback.reason')}>
              <TextInput id={`why-${connection}`} value={reason} maxLength={500} onChange={(event) => setReason(event.target.value)} />
            </FieldFrame>
          </div>
          <Button type="submit" asksAgent busy={rate.isPending} disabled={reason.trim() === (feedback?.reason ?? '')}>
            {t('summary.feedback.save')}
          </Button>
          <p role="status" className="inline-flex h-8 items-center gap-1 text-muted">
            <Thumb size={14} aria-hidden /> {t('summary.feedback.saved')}
          </p>
        </form>
      ) : (
        <p className="text-muted">{t('summary.feedback.local')}</p>
      )}
      {rate.error !== null && (
        <p role="alert" className="w-full text-bad">
          <Sentence>{statement(asProblem(rate.error).message)}</Sentence>
        </p>
      )}
    </div>
  )
}
