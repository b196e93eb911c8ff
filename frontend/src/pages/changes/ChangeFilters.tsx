import { useEffect, useState } from 'react'
import type { ChangeSummary } from '@/api/records'
import { Button } from '@/ui/Button'
import { Select, TextInput } from '@/ui/Field'
import { Popover } from '@/ui/Popover'
import { SearchBox } from '@/ui/SearchBox'
import { Segments } from '@/ui/Segments'
import { useDebounced } from '@/ui/useDebounced'
import { t } from '@/words'
import { useConnectionNames } from './queries'
import { isPeriod, periods, type Period } from './period'
import type { ChangesState } from './state'

interface Props {
  state: ChangesState
  onChange: (change: Partial<ChangesState>, typing?: boolean) => void
  totals: ChangeSummary | undefined
}

/** The period, and which of its changes are shown. */
export function ChangeFilters({ state, onChange, totals }: Props) {
  const names = useConnectionNames()
  const all = totals && totals.added + totals.changed + totals.removed
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Search value={state.q} onChange={(q) => onChange({ q }, true)} />
      {!state.run && (
        <>
          <Segments
            label={t('changes.period')}
            value={state.period}
            options={(Object.keys(periods) as Period[]).map((value) => ({ value, title: t(`changes.periods.${value}`) }))}
            onChange={(period) => isPeriod(period) && onChange({ period, since: '', until: '' })}
          />
          <Days key={`${state.since} ${state.until}`} state={state} onChange={onChange} />
        </>
      )}
      <Segments
        label={t('changes.which')}
        value={state.change}
        options={[
          { value: '', title: t('changes.all'), count: all },
          { value: 'added', title: t('record.change.added'), count: totals?.added },
          { value: 'changed', title: t('record.change.changed'), count: totals?.changed },
          { value: 'removed', title: t('record.change.removed'), count: totals?.removed },
        ]}
        onChange={(change) => onChange({ change: change as ChangesState['change'] })}
      />
      {!state.run && (
        <Select
          aria-label={t('record.connection')}
          value={state.connection}
          onChange={(event) => onChange({ connection: event.target.value, stream: '' })}
          className="w-auto! max-w-48"
        >
          <option value="">{t('changes.everyConnection')}</option>
          {state.connection && !names.data?.includes(state.connection) && <option value={state.connection}>{state.connection}</option>}
          {names.data?.map((alias) => (
            <option key={alias} value={alias}>
              {alias}
            </option>
          ))}
        </Select>
      )}
    </div>
  )
}

/** Days of one's own. */
function Days({ state, onChange }: Pick<Props, 'state' | 'onChange'>) {
  const [open, setOpen] = useState(false)
  const [since, setSince] = useState(state.since.slice(0, 10))
  const [until, setUntil] = useState(state.until.slice(0, 10))
  const today = new Date().toLocaleDateString('sv')
  const chosen = state.period === ''
  const label = chosen ? [state.since.slice(0, 10) || '…', state.until.slice(0, 10) || t('changes.today')].join(' – ') : t('changes.otherDays')
  return (
    <Popover
      open={open}
      onOpenChange={setOpen}
      title={t('changes.otherDays')}
      trigger={
        <Button aria-pressed={chosen} className={chosen ? 'bg-sunken!' : ''}>
          {label}
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
            {t('changes.from')}
            <TextInput type="date" max={today} value={since} onChange={(event) => setSince(event.target.value)} />
          </label>
          <label className="text-xs text-muted">
            {t('changes.to')}
            <TextInput type="date" max={today} min={since} value={until} onChange={(event) => setUntil(event.target.value)} />
          </label>
        </div>
        <div className="text-right">
          <Button type="submit" look="primary" disabled={!since && !until}>
            {t('record.asOf.show')}
          </Button>
        </div>
      </form>
    </Popover>
  )
}

/** Asks only when typing has paused. */
function Search({ value, onChange }: { value: string; onChange: (value: string) => void }) {
  const [text, setText] = useState(value)
  const [shown, setShown] = useState(value)
  if (shown !== value) {
    setShown(value)
    if (value !== text.trim()) setText(value) // changed from elsewhere, e.g. by going back
  }
  const settled = useDebounced(text.trim(), 250)
  useEffect(() => {
    if (settled === text.trim() && settled !== value) onChange(settled)
  }, [onChange, settled, text, value])
  return <SearchBox label={t('changes.search')} value={text} onChange={setText} />
}
