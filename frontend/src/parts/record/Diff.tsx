import { ArrowRight } from 'lucide-react'
import type { FieldDiff, FieldValue } from '@/api/records'
import { fieldTitle } from '@/parts/records/conditions'
import { cx } from '@/ui/cx'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { Value } from './Value'

/** What a difference is in: a field of the kind by its title, else the place in the vendor's document. */
export function placeOf(diff: FieldDiff): { title: string; vendor: boolean } {
  if (diff.field) {
    const below = diff.path.split('/').slice(2).map(unescaped).join(' › ')
    return { title: below ? `${fieldTitle(diff.field)} › ${below}` : fieldTitle(diff.field), vendor: false }
  }
  return { title: diff.path.split('/').slice(1).map(unescaped).join(' › '), vendor: true }
}

const unescaped = (step: string) => step.replaceAll('~1', '/').replaceAll('~0', '~')

interface Props {
  diffs: FieldDiff[]
  cut?: number
  lost?: boolean
  /** Types of the fields, where they are known. */
  fields?: FieldValue[]
}

/** Each difference as before and after: beside one another where there is room, else one above the other. */
export function Diff({ diffs, cut = 0, lost = false, fields = [] }: Props) {
  const typeOf = (diff: FieldDiff) => fields.find((f) => f.name === diff.field)?.type ?? guess(diff.after ?? diff.before)
  return (
    <div className="@container text-sm">
      {diffs.length > 0 && (
        <ul className="divide-y divide-line">
          {diffs.map((diff) => {
            const { title, vendor } = placeOf(diff)
            return (
              <li key={diff.path} className="grid gap-x-3 gap-y-1 py-2 @lg:grid-cols-[minmax(7rem,10rem)_1fr]" data-diff={diff.field ?? diff.path}>
                <span className={cx('min-w-0 break-words text-muted', vendor && 'font-mono text-xs leading-5')}>
                  <Text>{title}</Text>
                </span>
                <span className="grid min-w-0 items-start gap-1.5 @md:grid-cols-[1fr_auto_1fr]">
                  <Side what={t('record.before')} value={diff.before} type={typeOf(diff)} old />
                  <ArrowRight size={14} aria-hidden className="mt-1 hidden text-faint @md:block" />
                  <Side what={t('record.after')} value={diff.after} type={typeOf(diff)} />
                </span>
              </li>
            )
          })}
        </ul>
      )}
      {cut > 0 && <p className="py-1 text-muted">{t('record.cut', { count: cut })}</p>}
      {lost && <p className="py-1 text-muted">{t('record.lost')}</p>}
      {diffs.length === 0 && !lost && <p className="py-1 text-muted">{t('record.noDiff')}</p>}
    </div>
  )
}

const guess = (value: unknown) => (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(value) ? 'time' : typeof value === 'number' ? 'number' : 'text')

function Side({ what, value, type, old = false }: { what: string; value: unknown; type: string; old?: boolean }) {
  const none = value === undefined
  return (
    <span className={cx('block min-w-0 rounded px-2 py-0.5', none ? 'text-faint' : old ? 'bg-bad-soft' : 'bg-ok-soft')}>
      <span className="sr-only">{what} </span>
      {none ? (
        <span>{old ? t('record.wasNot') : t('record.isNoMore')}</span>
      ) : (
        <>
          <span aria-hidden className={cx('mr-1.5 font-mono', old ? 'text-bad' : 'text-ok')}>
            {old ? '−' : '+'}
          </span>
          <Value value={value} type={type} />
        </>
      )}
    </span>
  )
}
