import { Check, CircleDashed, X } from 'lucide-react'
import type { PermissionSeen, Probe } from '@/api/types'
import { cx } from '@/ui/cx'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import { checked, type Held } from './permissions'

interface Props {
  /** What the latest run with the stored credential shows. */
  before: PermissionSeen[]
  /** What a check of a new credential found so far; the table has a second column then. */
  after?: Probe[]
}

/** The permissions of a connector with what is known of each; of two credentials side by side when a new one is tried. */
export function PermissionTable({ before, after }: Props) {
  return (
    <table className="w-full text-sm" data-permissions={after ? 'compared' : 'one'}>
      <thead className="border-b border-line">
        <tr className="text-xs text-muted">
          <th scope="col" className="h-8 px-4 font-medium">
            {t('connection.permissions.permission')}
          </th>
          <th scope="col" className="px-4 font-medium">
            {t(after ? 'connection.permissions.before' : 'connection.permissions.lastRun')}
          </th>
          {after && (
            <th scope="col" className="px-4 font-medium">
              {t('connection.permissions.now')}
            </th>
          )}
        </tr>
      </thead>
      <tbody className="divide-y divide-line">
        {before.map((permission) => {
          const now = after && checked(permission.id, after)
          const lost = permission.state === 'granted' && now === 'missing'
          return (
            <tr key={permission.id} className={cx('align-top', lost && 'bg-warn-soft')} data-permission={permission.id}>
              <th scope="row" className="px-4 py-2 font-normal">
                <code className="font-mono text-xs break-all">
                  <Text>{permission.id}</Text>
                </code>
                <p className="text-xs text-muted">
                  <Sentence>{permission.reason}</Sentence>
                </p>
              </th>
              <td className="px-4 py-2">
                <HeldWord held={permission.state} />
              </td>
              {now && (
                <td className="px-4 py-2">
                  <HeldWord held={now} />
                </td>
              )}
            </tr>
          )
        })}
      </tbody>
    </table>
  )
}

const looks: Record<Held, { icon: typeof Check; colour: string }> = {
  granted: { icon: Check, colour: 'text-ok' },
  too_broad: { icon: Check, colour: 'text-warn' },
  missing: { icon: X, colour: 'text-bad' },
  unknown: { icon: CircleDashed, colour: 'text-muted' },
}

function HeldWord({ held }: { held: Held }) {
  const { icon: Icon, colour } = looks[held]
  return (
    <span className={cx('inline-flex items-center gap-1.5 whitespace-nowrap', colour)}>
      <Icon size={14} aria-hidden />
      {t(`connection.permissions.${held}`)}
    </span>
  )
}
