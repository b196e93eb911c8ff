import { useState } from 'react'
import { asProblem } from '@/api/problem'
import { presetOf, presets } from '@/lib/schedule'
import { weekdayTime } from '@/lib/time'
import { describe, FieldFrame, Select, TextInput } from '@/ui/Field'
import { useDebounced } from '@/ui/useDebounced'
import { inputId } from './inputId'
import { useSchedulePreview } from './queries'

interface Props {
  value: string
  error: string | undefined
  onChange: (cron: string) => void
}

/** When it syncs, with the next runs as the host will plan them. */
export function ScheduleField({ value, error, onChange }: Props) {
  const id = inputId('schedule')
  const [custom, setCustom] = useState(presetOf(value) === 'custom')
  const choice = custom ? 'custom' : presetOf(value)
  const choose = (next: string) => {
    setCustom(next === 'custom')
    const preset = presets.find((p) => p.id === next)
    if (preset) onChange(preset.cron)
  }
  return (
    <FieldFrame id={id} label="Schedule" required error={error ?? ''} description={<NextRuns schedule={value} />}>
      <Select {...describe({ id, description: true, ...(error && { error }) })} value={choice} onChange={(event) => choose(event.target.value)}>
        {presets.map((preset) => (
          <option key={preset.id} value={preset.id}>
            {preset.title}
          </option>
        ))}
        <option value="custom">Custom</option>
      </Select>
      {custom && (
        <TextInput
          aria-label="Cron expression"
          placeholder="30 6 * * 1-5"
          value={value}
          onChange={(event) => onChange(event.target.value)}
          className="mt-2 font-mono"
        />
      )}
    </FieldFrame>
  )
}

function NextRuns({ schedule }: { schedule: string }) {
  const preview = useSchedulePreview(useDebounced(schedule.trim(), 300))
  if (schedule.trim() === '') return <p>It syncs only when a person or a script starts it.</p>
  if (preview.isError) {
    const problem = asProblem(preview.error)
    return <p className="text-bad">{problem.fields?.[0]?.message ?? problem.message}</p>
  }
  if (!preview.data) return <p>Working out the next runs…</p>
  return (
    <details>
      <summary className="min-h-6 w-fit">
        {preview.data.description || 'Next runs'}
        {preview.data.next[0] && <span className="tabular"> · next {weekdayTime(preview.data.next[0])}</span>}
      </summary>
      <ol className="tabular mt-1 space-y-0.5 pl-4">
        {preview.data.next.map((at) => (
          <li key={at}>
            <time dateTime={at}>{weekdayTime(at)}</time>
          </li>
        ))}
      </ol>
      <p className="mt-1 pl-4 text-faint">Planned in the time zone {preview.data.timezone}, shown in yours.</p>
    </details>
  )
}
