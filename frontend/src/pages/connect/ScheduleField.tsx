import { useState } from 'react'
import { asProblem } from '@/api/problem'
import { presetOf, presets, scheduleWords } from '@/lib/schedule'
import { weekdayTime } from '@/lib/time'
import { describe, FieldFrame, Select, TextInput } from '@/ui/Field'
import { useDebounced } from '@/ui/useDebounced'
import { t } from '@/words'
import { inputId } from './inputId'
import { useSchedulePreview } from './queries'

interface Props {
  value: string
  error: string | undefined
  onChange: (cron: string) => void
}

/** When it syncs, in words, with the next runs as the host will plan them. Only who writes an own expression sees one. */
export function ScheduleField({ value, error, onChange }: Props) {
  const id = inputId('schedule')
  const [stored] = useState(value)
  const preview = useSchedulePreview(presetOf(stored) === 'custom' ? stored : '')
  const other = presetOf(stored) === 'custom'
  const [custom, setCustom] = useState(false)
  const choice = custom ? 'custom' : value === stored && other ? 'stored' : presetOf(value)
  const choose = (next: string) => {
    setCustom(next === 'custom')
    if (next === 'stored') onChange(stored)
    const preset = presets.find((p) => p.id === next)
    if (preset) onChange(preset.cron)
  }
  return (
    <FieldFrame id={id} label={t('connect.fields.schedule')} required error={error ?? ''} description={<NextRuns schedule={value} />}>
      <Select {...describe({ id, description: true, ...(error && { error }) })} value={choice} onChange={(event) => choose(event.target.value)}>
        {other && <option value="stored">{scheduleWords(stored) ?? preview.data?.description ?? t('connect.schedule.as_set')}</option>}
        {presets.map((preset) => (
          <option key={preset.id} value={preset.id}>
            {preset.title}
          </option>
        ))}
        <option value="custom">{t('connect.schedule.custom')}</option>
      </Select>
      {choice === 'custom' && (
        <>
          <TextInput
            aria-label={t('connect.schedule.expression')}
            placeholder="30 6 * * 1-5"
            value={value}
            onChange={(event) => onChange(event.target.value)}
            className="mt-2 font-mono"
          />
          <p className="mt-1.5 text-sm text-faint">{t('connect.schedule.parts')}</p>
        </>
      )}
    </FieldFrame>
  )
}

function NextRuns({ schedule }: { schedule: string }) {
  const preview = useSchedulePreview(useDebounced(schedule.trim(), 300))
  if (schedule.trim() === '') return <p>{t('connect.schedule.by_hand')}</p>
  if (preview.isError) {
    const problem = asProblem(preview.error)
    return <p className="text-bad">{problem.fields?.[0]?.message ?? problem.message}</p>
  }
  if (!preview.data) return <p>{t('connect.schedule.working')}</p>
  return (
    <details>
      <summary className="min-h-6 w-fit">
        {scheduleWords(schedule) ?? (preview.data.description || t('connect.schedule.next_runs'))}
        {preview.data.next[0] && (
          <span className="tabular">
            {' · '}
            {t('connect.schedule.next', { when: weekdayTime(preview.data.next[0]) })}
          </span>
        )}
      </summary>
      <ol className="tabular mt-1 space-y-0.5 pl-4">
        {preview.data.next.map((at) => (
          <li key={at}>
            <time dateTime={at}>{weekdayTime(at)}</time>
          </li>
        ))}
      </ol>
      <p className="mt-1 pl-4 text-faint">{t('connect.schedule.zone', { zone: preview.data.timezone })}</p>
    </details>
  )
}
