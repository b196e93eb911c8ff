import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { previewSchedule } from '@/api/endpoints'
import { asProblem } from '@/api/problem'
import type { ConnectionItem } from '@/api/types'
import { presetOf, presets } from '@/lib/schedule'
import { weekdayTime } from '@/lib/time'
import { Button } from '@/ui/Button'
import { Dialog } from '@/ui/Dialog'
import { FieldFrame, Select, TextInput } from '@/ui/Field'
import { Sentence, Text } from '@/ui/Text'
import { useDebounced } from '@/ui/useDebounced'
import { t } from '@/words'
import { planOf, type BulkAction, type BulkKind, type Plan } from './bulk'

interface Props {
  kind: BulkKind
  items: ConnectionItem[]
  /** Owners that there are, to choose from. */
  owners: string[]
  onClose: () => void
  onGo: (action: BulkAction, items: ConnectionItem[]) => unknown
}

/** Says what an action would do to each of several connections before it is done. */
export function BulkDialog({ kind, items, owners, onClose, onGo }: Props) {
  const [only] = items.length === 1 ? items : []
  const [owner, setOwner] = useState(only?.owner ?? '')
  const [schedule, setSchedule] = useState<string>(only?.schedule ?? presets[2].cron)
  const next = useSchedule(schedule, kind === 'schedule')
  const action: BulkAction = kind === 'schedule' ? { kind, schedule } : kind === 'owner' ? { kind, owner: owner.trim() } : { kind }
  const plan = planOf(action, items)
  const go = () => {
    onGo(action, plan.will)
    onClose()
  }
  return (
    <Dialog
      open
      onClose={onClose}
      title={t(`connections.ask_${kind}`, { count: items.length })}
      footer={
        <>
          <Button onClick={onClose}>{t('common.cancel')}</Button>
          <Button look="primary" asksAgent disabled={plan.will.length === 0 || next.refused} onClick={go}>
            {t(`connections.go_${kind}`, { count: plan.will.length })}
          </Button>
        </>
      }
    >
      {kind === 'owner' && (
        <FieldFrame id="bulk-owner" label={t('connections.owner_label')} required description={t('connections.owner_about')}>
          <TextInput id="bulk-owner" aria-describedby="bulk-owner-about" list="bulk-owners" data-first value={owner} maxLength={200} onChange={(e) => setOwner(e.target.value)} />
          <datalist id="bulk-owners">
            {owners.map((one) => (
              <option key={one} value={one} />
            ))}
          </datalist>
        </FieldFrame>
      )}
      {kind === 'schedule' && <ScheduleInput value={schedule} onChange={setSchedule} words={next.words} refused={next.refused} />}
      <p>{t(`connections.effect_${kind}`)}</p>
      <Effect plan={plan} />
    </Dialog>
  )
}

/** When a schedule would run next, or why it is refused. */
function useSchedule(schedule: string, wanted: boolean) {
  const settled = useDebounced(schedule, 300)
  const query = useQuery({
    queryKey: ['schedule', settled],
    queryFn: ({ signal }) => previewSchedule(settled, signal),
    enabled: wanted && settled !== '',
    retry: false,
  })
  if (!wanted || settled === '') return { words: '', refused: false }
  if (query.error) return { words: asProblem(query.error).message, refused: true }
  const times = (query.data?.next ?? []).slice(0, 3).map(weekdayTime).join(', ')
  return { words: query.data ? t('connections.schedule_next', { times, zone: query.data.timezone }) : '', refused: false }
}

interface ScheduleProps {
  value: string
  onChange: (schedule: string) => void
  words: string
  refused: boolean
}

function ScheduleInput({ value, onChange, words, refused }: ScheduleProps) {
  const [custom, setCustom] = useState(presetOf(value) === 'custom')
  const about = words ? <Sentence>{words}</Sentence> : undefined
  return (
    <>
      <FieldFrame id="bulk-preset" label={t('connections.schedule_label')} required description={custom ? undefined : about}>
        <Select
          id="bulk-preset"
          value={custom ? 'custom' : presetOf(value)}
          onChange={(event) => {
            const preset = presets.find((p) => p.id === event.target.value)
            setCustom(!preset)
            if (preset) onChange(preset.cron)
          }}
        >
          {presets.map((preset) => (
            <option key={preset.id} value={preset.id}>
              {preset.title}
            </option>
          ))}
          <option value="custom">{t('connections.schedule_custom')}</option>
        </Select>
      </FieldFrame>
      {custom && (
        <FieldFrame id="bulk-cron" label={t('connections.schedule_cron')} required description={refused ? undefined : about} error={refused ? about : undefined}>
          <TextInput id="bulk-cron" className="font-mono" aria-invalid={refused || undefined} value={value} onChange={(event) => onChange(event.target.value)} />
        </FieldFrame>
      )}
    </>
  )
}

const shown = 8

/** Whom it concerns by name, and whom it leaves alone and why. */
function Effect({ plan }: { plan: Plan }) {
  const [first, rest] = [plan.will.slice(0, shown), plan.will.length - shown]
  return (
    <div className="space-y-2 text-sm">
      {plan.will.length === 0 ? (
        <p className="font-medium text-text">{t('connections.plan_none')}</p>
      ) : (
        <p>
          <span className="font-medium text-text">{t('connections.plan_will')}</span> <Text>{first.map((item) => item.alias).join(', ')}</Text>
          {rest > 0 && ` ${t('connections.more', { count: rest })}`}
        </p>
      )}
      {plan.not.length > 0 && (
        <div>
          <p className="font-medium text-text">{t('connections.plan_not')}</p>
          <ul className="list-disc pl-5">
            {plan.not.slice(0, shown).map(({ item, why }) => (
              <li key={item.id}>
                <Text>{item.alias}</Text> {t(`connections.why_${why}`)}
              </li>
            ))}
          </ul>
          {plan.not.length > shown && <p className="pl-5">{t('connections.more', { count: plan.not.length - shown })}</p>}
        </div>
      )}
    </div>
  )
}
