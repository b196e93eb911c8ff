import { Link } from 'wouter'
import type { Impact, ImpactLink } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { kindWord } from '@/lib/words'
import { t } from '@/words'
import { Text } from '@/ui/Text'
import { PeopleWarning } from './PeopleWarning'

const kindsWithPage: Record<string, string> = { account: '/accounts', person: '/people' }

/** What depends on a connection, in the order in which it is missed: lists of which it is the only source first; then, unless the page says so already, who left. */
export function ImpactList({ impact, people = true }: { impact: Impact; people?: boolean }) {
  const lists = impact.lists.filter((list) => list.records > 0).sort((a, b) => Number(a.others.length > 0) - Number(b.others.length > 0) || b.records - a.records)
  return (
    <ul className="space-y-2 text-sm" data-impact={impact.alias}>
      {lists.length === 0 && <li className="text-muted">{t('connection.impact.nothing')}</li>}
      {lists.map((list) => (
        <li key={list.kind}>
          <span className="font-medium">
            <KindName kind={list.kind} />
          </span>{' '}
          <span className="text-muted">
            {t('connection.impact.records', { count: list.records })}.{' '}
            {list.others.length === 0 ? <strong className="font-medium text-warn">{t('connection.impact.only')}</strong> : <Others links={list.others} />}
          </span>
        </li>
      ))}
      {impact.shared.length > 0 && (
        <li className="text-muted">
          {t('connection.impact.shared')} <Names links={impact.shared} />.
        </li>
      )}
      {impact.holds.map((hold) => (
        <li key={hold.id}>
          {t('connection.impact.hold')} <Text>{hold.reason}</Text>
        </li>
      ))}
      {people && <PeopleWarning people={impact.credential.people} />}
    </ul>
  )
}

function KindName({ kind }: { kind: string }) {
  const page = kindsWithPage[kind]
  if (!page) return <Text>{kindWord(kind)}</Text>
  return (
    <Link href={page} className="text-accent hover:underline">
      <Text>{kindWord(kind)}</Text>
    </Link>
  )
}

/** So many are named; the rest is a number. */
const named = 3

function Others({ links }: { links: ImpactLink[] }) {
  return (
    <>
      {t('connection.impact.others')} <Names links={links} />.
    </>
  )
}

function Names({ links }: { links: ImpactLink[] }) {
  const rest = links.length - named
  return (
    <>
      {links.slice(0, named).map((link, i) => (
        <span key={link.connection}>
          {i > 0 && ', '}
          <Link href={connectionPath({ id: link.connection, alias: link.alias })} className="text-accent hover:underline">
            <Text>{link.alias}</Text>
          </Link>
          {link.health === 'unhealthy' && ` (${t('connection.impact.unhealthy')})`}
        </span>
      ))}
      {rest > 0 && ` ${t('connection.impact.more', { count: rest })}`}
    </>
  )
}
