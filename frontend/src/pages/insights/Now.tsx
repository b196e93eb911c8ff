import { Link } from 'wouter'
import type { CredentialEnd, FreshConnection, Insights } from '@/api/insights'
import { asProblem } from '@/api/problem'
import { connectionPath } from '@/lib/paths'
import { statement } from '@/lib/words'
import { card, Section } from '@/ui/Section'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { td, th } from './cells'
import { Scroll } from './ChartFrame'
import { useUpdates } from './queries'

const link = 'rounded py-0.5 font-medium hover:underline'

/** As of when the records of each connection are, with the last success of each stream. */
export function Freshness({ answer }: { answer: Insights }) {
  if (answer.freshness.length === 0) return null
  return (
    <Section title={t('insights.fresh.title')} aside={<p className="text-sm text-muted">{t('insights.fresh.about')}</p>}>
      <div className={card}>
        <Scroll label={t('insights.fresh.title')}>
          <table className="w-full text-sm">
            <Head names={['connection', 'asOf', 'streams']} />
            <tbody className="divide-y divide-line">
              {answer.freshness.map((one) => (
                <FreshRow key={one.connection} one={one} />
              ))}
            </tbody>
          </table>
        </Scroll>
      </div>
    </Section>
  )
}

function Head({ names }: { names: readonly ('connection' | 'asOf' | 'streams' | 'credential' | 'setAt' | 'ends')[] }) {
  return (
    <thead className="border-b border-line">
      <tr>
        {names.map((name) => (
          <th key={name} scope="col" className={th}>
            {t(`insights.fresh.${name}`)}
          </th>
        ))}
      </tr>
    </thead>
  )
}

function FreshRow({ one }: { one: FreshConnection }) {
  return (
    <tr className="align-top">
      <th scope="row" className={`${td} py-2`}>
        <Link href={connectionPath({ id: one.connection, alias: one.alias })} className={link}>
          <Text>{one.alias}</Text>
        </Link>
        {one.partial && <span className="ml-2 text-xs text-warn">{t('insights.outcome.partial')}</span>}
      </th>
      <td className={`${td} py-2 whitespace-nowrap`}>
        <Time at={one.as_of} missing={t('insights.fresh.neverWhole')} />
      </td>
      <td className={`${td} py-2`}>
        <ul className="flex flex-wrap gap-x-4 gap-y-0.5 text-muted">
          {one.streams.map((stream) => (
            <li key={stream.name} className="whitespace-nowrap">
              <Text>{stream.title}</Text> <Time at={stream.last_complete_at} missing={t('insights.fresh.never')} />
              {stream.unread && <span className="ml-1 text-xs text-warn">{t('insights.fresh.unread')}</span>}
            </li>
          ))}
        </ul>
      </td>
    </tr>
  )
}

const tones: Record<CredentialEnd['state'], string> = { expired: 'text-bad', expiring: 'text-warn', lasting: 'text-ok', unknown: 'text-muted' }

/** Every stored credential, those that end first on top; of most it is not known. */
export function Credentials({ answer }: { answer: Insights }) {
  if (answer.credentials.length === 0) return null
  const count = (state: CredentialEnd['state']) => answer.credentials.filter((one) => one.state === state).length
  return (
    <Section
      title={t('insights.ends.title')}
      aside={
        <p className="text-sm text-muted">
          {t('insights.ends.about', { expired: count('expired'), expiring: count('expiring'), days: answer.expiry_days, unknown: count('unknown') })}
        </p>
      }
    >
      <div className={card}>
        <Scroll label={t('insights.ends.title')}>
          <table className="w-full text-sm">
            <Head names={['connection', 'credential', 'ends', 'setAt']} />
            <tbody className="divide-y divide-line">
              {answer.credentials.map((one) => (
                <tr key={`${one.connection} ${one.name}`}>
                  <th scope="row" className={td}>
                    <Link href={`${connectionPath({ id: one.connection, alias: one.alias })}/settings`} className={link}>
                      <Text>{one.alias}</Text>
                    </Link>
                  </th>
                  <td className={`${td} font-mono text-xs`}>
                    <Text>{one.name}</Text>
                  </td>
                  <td className={`${td} whitespace-nowrap ${tones[one.state]}`}>
                    {t(`insights.ends.${one.state}`)} {one.expires_at && <Time at={one.expires_at} className="text-muted" />}
                  </td>
                  <td className={`${td} whitespace-nowrap text-muted`}>
                    <Time at={one.set_at} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroll>
      </div>
    </Section>
  )
}

/** Connectors of which a newer release is offered. */
export function Updates() {
  const query = useUpdates()
  if (query.isPending) return null
  return (
    <Section title={t('insights.updates.title')}>
      <div className={`${card} px-4 py-2 text-sm`}>
        {query.isError ? (
          <p className="text-muted">
            <Sentence>{statement(asProblem(query.error).message)}</Sentence>
          </p>
        ) : query.data.length === 0 ? (
          <p className="text-muted">{t('insights.updates.none')}</p>
        ) : (
          <ul className="space-y-1">
            {query.data.map((offer) => (
              <li key={offer.manifest.id}>
                <Link href={`/connections/available/${encodeURIComponent(offer.manifest.id)}`} className={link}>
                  <Text>{offer.manifest.name}</Text>
                </Link>{' '}
                <span className="text-muted">{offer.manifest.version}</span>
              </li>
            ))}
          </ul>
        )}
      </div>
    </Section>
  )
}
