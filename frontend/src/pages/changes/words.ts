import type { RecordChange } from '@/api/records'
import { valueText } from '@/lib/record'
import { zonedTime } from '@/lib/time'
import { placeOf } from '@/parts/record/Diff'
import { t } from '@/words'

/** So many differences stand in a row of the list; the rest is in the record. */
const few = 2
const longest = 60

const cut = (text: string) => (text.length > longest ? `${text.slice(0, longest)}…` : text)

const shortValue = (value: unknown): string =>
  typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value) && !Number.isNaN(Date.parse(value)) ? zonedTime(value) : cut(valueText(value))

/** What changed, in a line: "Status: active → suspended; MFA: yes → no; 2 more". */
export function whatChanged(change: Pick<RecordChange, 'change' | 'diff' | 'diff_cut' | 'diff_lost'>): string {
  if (change.change !== 'changed') return ''
  const diffs = change.diff ?? []
  if (diffs.length === 0) return change.diff_lost ? t('changes.notKnown') : ''
  // What a person knows by its name comes before the vendor's own.
  const ordered = [...diffs.filter((d) => d.field), ...diffs.filter((d) => !d.field)]
  const rest = diffs.length - few + (change.diff_cut ?? 0)
  return [
    ...ordered.slice(0, few).map((d) => `${placeOf(d).title}: ${shortValue(d.before)} → ${shortValue(d.after)}`),
    ...(rest > 0 ? [t('changes.moreFields', { count: rest })] : []),
  ].join('; ')
}
