import type { Check, Connector } from '@/api/types'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import { ProbeMark } from './ProbeMark'

/** What the vendor must grant, why, and what a check found of it. */
export function Permissions({ connector, check }: { connector: Connector; check: Check | undefined }) {
  const titles = new Map(connector.streams.map((s) => [s.name, s.title]))
  const found = new Map(check?.probes.filter((p) => p.permission).map((p) => [p.permission, p.state]))
  return (
    <table className="w-full text-sm">
      <thead className="border-b border-line text-xs">
        <tr>
          <th scope="col" className="h-8 pr-4">
            {t('connect.permissions.permission')}
          </th>
          <th scope="col" className="pr-4">
            {t('connect.permissions.why')}
          </th>
          <th scope="col" className="hidden w-28 xl:table-cell">
            {t('connect.permissions.unlocks')}
          </th>
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {connector.permissions.map((permission) => (
          <tr key={permission.id} className="align-top">
            <th scope="row" className="py-2 pr-4 font-normal">
              <code className="font-mono text-xs text-text">
                <Text>{permission.id}</Text>
              </code>
              {permission.optional && <span className="block text-xs text-faint">{t('connect.optional')}</span>}
              <ProbeMark state={found.get(permission.id)} required={!permission.optional} />
            </th>
            <td className="py-2 pr-4">
              <Sentence>{permission.reason}</Sentence>
            </td>
            <td className="hidden py-2 xl:table-cell">
              <Text>{permission.streams.map((s) => titles.get(s) ?? s).join(', ') || '–'}</Text>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
