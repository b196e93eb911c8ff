import { X } from 'lucide-react'
import { useState } from 'react'
import { Button } from '@/ui/Button'
import { TextInput } from '@/ui/Field'
import { Popover } from '@/ui/Popover'
import { Segments } from '@/ui/Segments'
import { t } from '@/words'
import { groups, narrowing, periods, type InsightsState, type Period } from './state'

interface Props {
  state: InsightsState
  onChange: (change: Record<string, string>) => void
}

/** The span, what the rows are, and what the page is narrowed to. */
export function Filters({ state, onChange }: Props) {
  return (
    <div className="mt-3 flex flex-wrap items-center gap-2">
      <Segments
        label={t('insights.period')}
        value={state.period}
        options={(Object.keys(periods) as Period[]).map((value) => ({ value, title: t('insights.lastDays', { count: periods[value] }) }))}
        onChange={(period) => onChange({ period, since: '', until: '' })}
      />
      <Days key={`${state.since} ${state.until}`} state={state} onChange={onChange} />
      <Segments
        label={t('insights.by')}
        value={state.group}
        options={groups.map((value) => ({ value, title: t(`insights.group.${value}`) }))}
        onChange={(group) => onChange({ group })}
      />
      {narrowing.map(
        (name) =>
          state.only[name] && (
            <Button key={name} size="sm" icon={<X size={13} aria-hidden />} onClick={() => onChange({ [name]: '' })}>
              {t('insights.only', { name: t(`insights.group.${name}`), value: state.only[name] })}
            </Button>
          ),
      )}
    </div>
  )
}

/** Days of one's own. */
function Days({ state, onChange }: Props) {
  const [open, setOpen] = useState(false)
  const [since, setSince] = useState(state.since.slice(0, 10))
  const [until, setUntil] = useState(state.until.slice(0, 10))
  const today = new Date().toLocaleDateString('sv')
  const chosen = state.period === ''
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      title={t('insights.otherDays')}
      trigger={
        <Button aria-pressed={chosen} className={chosen ? 'bg-sunken!' : ''}>
          {chosen ? [state.since.slice(0, 10) || '…', state.until.slice(0, 10) || t('insights.today')].join(' – ') : t('insights.otherDays')}
        </Button>
      }
    >
      <form
        className="space-y-3"
        onSubmit={(event) => {
          event.preventDefault()
          setOpen(false)
          onChange({ since, until, period: '' })
        }}
      >
        <div className="grid grid-cols-2 gap-2">
          <label className="text-xs text-muted">
            {t('insights.from')}
            <TextInput type="date" max={today} value={since} onChange={(event) => setSince(event.target.value)} />
          </label>
          <label className="text-xs text-muted">
            {t('insights.to')}
            <TextInput type="date" max={today} min={since} value={until} onChange={(event) => setUntil(event.target.value)} />
          </label>
        </div>
        <div className="text-right">
          <Button type="submit" look="primary" disabled={!since && !until}>
            {t('insights.show')}
          </Button>
        </div>
      </form>
    </Popover>
  )
}
