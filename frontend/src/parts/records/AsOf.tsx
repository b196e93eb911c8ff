import { CalendarClock } from 'lucide-react'
import { useId, useState } from 'react'
import { dayWords, zoneWords, zonedTime } from '@/lib/time'
import { Button } from '@/ui/Button'
import { TextInput } from '@/ui/Field'
import { Popover } from '@/ui/Popover'
import { useNow } from '@/ui/useNow'
import { t } from '@/words'
import { askedMoment, momentOf, partsOf } from './listState'

interface Props {
  /** A day or a moment; '' is now. */
  on: string
  onChange: (on: string) => void
}

/** Chooses the moment that is looked at: now, the end of a day, or a time of the reader's own clock. */
export function AsOf({ on, onChange }: Props) {
  const [open, setOpen] = useState(false)
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      title={t('record.asOf.title')}
      trigger={
        <Button icon={<CalendarClock size={14} aria-hidden />} aria-label={t('record.asOf.button', { moment: labelOf(on) })} data-as-of={on}>
          <span className="text-muted">{t('record.asOf.short')}</span> {labelOf(on)}
        </Button>
      }
    >
      <Choice
        on={on}
        onChoose={(next) => {
          onChange(next)
          setOpen(false)
        }}
      />
    </Popover>
  )
}

/** A day stands for its end, a moment for itself. */
function labelOf(on: string): string {
  const { day, time } = partsOf(on)
  if (!day) return t('record.asOf.now')
  return time ? zonedTime(on) : dayWords(new Date(`${day}T23:59:59`))
}

function Choice({ on, onChoose }: { on: string; onChoose: (on: string) => void }) {
  const id = useId()
  const now = useNow()
  const [{ day, time }, setParts] = useState(() => partsOf(on))
  const chosen = momentOf(day, time)
  const today = new Date(now).toLocaleDateString('sv')
  const isNow = chosen !== '' && askedMoment(chosen, now) === undefined
  return (
    <form
      className="space-y-3"
      onSubmit={(event) => {
        event.preventDefault()
        onChoose(chosen)
      }}
    >
      <div className="grid grid-cols-[1fr_7rem] gap-2">
        <div>
          <label htmlFor={`${id}-day`} className="text-xs text-muted">
            {t('record.asOf.day')}
          </label>
          <TextInput id={`${id}-day`} type="date" max={today} value={day} onChange={(e) => setParts({ day: e.target.value, time })} />
        </div>
        <div>
          <label htmlFor={`${id}-time`} className="text-xs text-muted">
            {t('record.asOf.time')}
          </label>
          <TextInput id={`${id}-time`} type="time" value={time} disabled={!day} onChange={(e) => setParts({ day, time: e.target.value })} />
        </div>
      </div>
      <p className="text-xs text-muted" role="status">
        {isNow ? t('record.asOf.meansNow', { moment: zonedTime(new Date(now).toISOString()) }) : t('record.asOf.zone', { zone: zoneWords(new Date(now)) })}
        {chosen && !time && !isNow && <> {t('record.asOf.end')}</>}
      </p>
      <ul className="flex flex-wrap gap-1.5" aria-label={t('record.asOf.quick')}>
        {quickDays(now).map(({ title, day: quick }) => (
          <li key={title}>
            <Button size="sm" onClick={() => onChoose(quick)}>
              {title}
            </Button>
          </li>
        ))}
      </ul>
      <div className="flex justify-end gap-2 border-t border-line pt-3">
        <Button look="ghost" disabled={on === ''} onClick={() => onChoose('')}>
          {t('record.asOf.now')}
        </Button>
        <Button type="submit" look="primary" disabled={!chosen}>
          {t('record.asOf.show')}
        </Button>
      </div>
    </form>
  )
}

/** The days that audits ask about. */
function quickDays(now: number): { title: string; day: string }[] {
  const at = new Date(now)
  const text = (date: Date) => date.toLocaleDateString('sv')
  return [
    { title: t('record.asOf.yesterday'), day: text(new Date(at.getFullYear(), at.getMonth(), at.getDate() - 1)) },
    { title: t('record.asOf.month'), day: text(new Date(at.getFullYear(), at.getMonth(), 0)) },
    { title: t('record.asOf.quarter'), day: text(new Date(at.getFullYear(), Math.floor(at.getMonth() / 3) * 3, 0)) },
  ]
}
