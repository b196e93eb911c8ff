import { Pencil } from 'lucide-react'
import type { ReactNode } from 'react'
import type { ConnectionStatus } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { scheduleWords } from '@/lib/schedule'
import { fieldsOf, type Field } from '@/lib/schemaForm'
import { ButtonLink } from '@/ui/Button'
import { card, Section } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { useConnector } from './queries'

/** The settings as they are in force, and where each comes from. */
export function SettingsTab({ connection }: { connection: ConnectionStatus }) {
  const connector = useConnector(connection.connector).data
  const fields = fieldsOf(connector?.config_schema)
  const settings = connection.settings as Record<string, unknown>
  const known = new Set(fields.map((field) => field.name))
  const others = Object.keys(settings).filter((name) => !known.has(name))
  return (
    <Section
      title={t('connection.settings.title')}
      aside={
        !connection.disconnection && (
          <ButtonLink size="sm" href={`${connectionPath(connection)}/edit`} icon={<Pencil size={14} aria-hidden />}>
            {t('connection.header.edit')}
          </ButtonLink>
        )
      }
    >
      <dl className={`${card} divide-y divide-line text-sm`}>
        <Row title={t('connection.settings.alias')} origin="set">
          {connection.alias}
        </Row>
        {fields.map((field) => (
          <FieldRow key={field.path} field={field} connection={connection} value={settings[field.name]} />
        ))}
        {others.map((name) => (
          <Row key={name} title={name} origin="set">
            <Text>{shown(settings[name])}</Text>
          </Row>
        ))}
        <Row title={t('connection.header.schedule')} origin={connection.schedule ? 'set' : 'default'}>
          {connection.schedule ? (scheduleWords(connection.schedule) ?? connection.schedule) : t('connection.settings.byHand')}
        </Row>
        <Row title={t('connection.settings.deadline')} origin={connection.deadline ? 'set' : 'agent'}>
          {connection.deadline || t('connection.settings.agentDeadline')}
        </Row>
        <Row title={t('connection.settings.removals')} origin={connection.removals ? 'set' : 'agent'}>
          {removalWords(connection)}
        </Row>
        <Row title={t('connection.settings.owner')} origin={connection.owner ? 'set' : 'default'}>
          <Text>{connection.owner || t('connection.settings.noOwner')}</Text>
        </Row>
        <Row title={t('connection.settings.revision')}>
          <span className="tabular">{connection.revision}</span>, <Time at={connection.updated_at} />
        </Row>
      </dl>
    </Section>
  )
}

function FieldRow({ field, connection, value }: { field: Field; connection: ConnectionStatus; value: unknown }) {
  const secret = connection.secrets.find((one) => one.name === field.name)
  if (field.kind === 'secret' || field.kind === 'secret_lines') {
    return (
      <Row title={field.title} origin={secret ? 'sealed' : 'unset'}>
        {secret ? (
          <>
            {t('connection.credential.set')} <Time at={secret.set_at} />
          </>
        ) : (
          t('connection.settings.notSet')
        )}
      </Row>
    )
  }
  const given = value !== undefined
  const initial = field.initial === '' || field.initial === false ? undefined : field.initial
  return (
    <Row title={field.title} origin={given ? 'set' : initial === undefined ? 'unset' : 'connector'}>
      <Text>{given ? shown(value) : initial === undefined ? t('connection.settings.notSet') : String(initial)}</Text>
    </Row>
  )
}

const shown = (value: unknown): string => {
  if (typeof value === 'boolean') return t(value ? 'connection.settings.yes' : 'connection.settings.no')
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return value.join(', ')
  return JSON.stringify(value)
}

function removalWords({ removals }: ConnectionStatus): string {
  if (!removals) return t('connection.settings.agentRemovals')
  const parts = [
    removals.share !== undefined && t('connection.settings.share', { percent: Math.round(removals.share * 100) }),
    removals.count !== undefined && t('connection.settings.count', { count: removals.count }),
  ]
  return parts.filter(Boolean).join(', ')
}

type Origin = 'set' | 'default' | 'connector' | 'agent' | 'sealed' | 'unset'

function Row({ title, origin, children }: { title: string; origin?: Origin; children: ReactNode }) {
  return (
    <div className="grid gap-x-4 gap-y-0.5 px-4 py-2.5 sm:grid-cols-[minmax(10rem,1fr)_minmax(0,2fr)_10rem]">
      <dt className="text-muted">
        <Text>{title}</Text>
      </dt>
      <dd className="min-w-0 break-words">{children}</dd>
      <dd className="text-xs leading-5 text-muted sm:text-right">{origin && t(`connection.origin.${origin}`)}</dd>
    </div>
  )
}
