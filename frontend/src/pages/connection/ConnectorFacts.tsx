import type { ConnectionStatus } from '@/api/types'
import { card, Section } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { t } from '@/words'

/** Which program reads it, and why that program was taken for what it claims to be. */
export function ConnectorFacts({ connection }: { connection: ConnectionStatus }) {
  const run = connection.last_run
  const facts: [string, string][] = [[t('connection.connector.name'), connection.connector_name]]
  if (run?.connector_version) facts.push([t('connection.connector.version'), run.connector_version])
  if (connection.connector_trust) facts.push([t('connection.connector.trust'), t(`connection.connector.trusts.${connection.connector_trust}`)])
  return (
    <Section title={t('connection.connector.title')}>
      <dl className={`${card} divide-y divide-line text-sm`}>
        {facts.map(([title, value]) => (
          <div key={title} className="flex flex-wrap justify-between gap-x-4 px-4 py-2.5">
            <dt className="text-muted">{title}</dt>
            <dd className="text-right">
              <Text>{value}</Text>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  )
}
