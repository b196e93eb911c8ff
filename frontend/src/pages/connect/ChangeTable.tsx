import { Text } from '@/ui/Text'
import { t } from '@/words'
import type { Change } from './changes'

/** What changes, field by field; theirs is what it has become elsewhere. */
export function ChangeTable({ changes, theirs }: { changes: readonly Change[]; theirs?: ReadonlyMap<string, string> }) {
  return (
    <table className="w-full table-fixed text-sm">
      <thead className="border-b border-line text-xs">
        <tr>
          <th scope="col" className="h-8 w-1/4 pr-3">
            {t('connect.changes.field')}
          </th>
          <th scope="col" className="pr-3">
            {t('connect.changes.before')}
          </th>
          {theirs && (
            <th scope="col" className="pr-3">
              {t('connect.changes.theirs')}
            </th>
          )}
          <th scope="col">{theirs ? t('connect.changes.yours') : t('connect.changes.after')}</th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line text-text">
        {changes.map((change) => (
          <tr key={change.path} className="align-top">
            <th scope="row" className="py-2 pr-3 font-medium">
              <Text>{change.title}</Text>
            </th>
            <td className="py-2 pr-3 text-muted">
              <Value text={change.before} />
            </td>
            {theirs && (
              <td className="py-2 pr-3">
                <Value text={theirs.get(change.path) ?? ''} />
              </td>
            )}
            <td className="py-2">
              <Value text={change.after} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function Value({ text }: { text: string }) {
  if (text === '') return <span className="text-faint">{t('connect.changes.none')}</span>
  return (
    <span className="break-words whitespace-pre-line">
      <Text lines>{text}</Text>
    </span>
  )
}
