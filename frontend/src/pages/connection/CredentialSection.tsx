import type { ConnectionStatus, Credential } from '@/api/types'
import { actorWords } from '@/lib/words'
import { PermissionTable } from '@/parts/impact/PermissionTable'
import { useImpact } from '@/parts/impact/queries'
import { card, Section } from '@/ui/Section'
import { Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'

/** Whose credential it is, how old it is and who set it; what its last run shows of the permissions. */
export function CredentialSection({ connection }: { connection: ConnectionStatus }) {
  const credential = useImpact(connection.id).data?.credential
  if (!credential) return null
  return (
    <Section title={t('connection.credential.title')}>
      <div className={card}>
        <dl className="divide-y divide-line text-sm">
          {credential.identity && (
            <Row title={t('connection.credential.identity')}>
              <Text>{credential.identity}</Text>
            </Row>
          )}
          <Secrets credential={credential} disconnected={Boolean(connection.disconnection)} />
        </dl>
        {credential.permissions.length > 0 && (
          <details className="border-t border-line">
            <summary className="cursor-pointer px-4 py-2.5 text-sm text-muted hover:text-text">{permissionsWord(credential)}</summary>
            <PermissionTable before={credential.permissions} />
          </details>
        )}
      </div>
    </Section>
  )
}

function permissionsWord({ permissions }: Credential): string {
  const missing = permissions.filter((permission) => permission.state === 'missing').length
  if (missing > 0) return t('connection.permissions.missingCount', { count: missing })
  return t('connection.permissions.count', { count: permissions.length })
}

function Secrets({ credential, disconnected }: { credential: Credential; disconnected: boolean }) {
  if (credential.secrets.length === 0) {
    return (
      <Row title={t('connection.credential.secrets')}>
        <span className="text-muted">{t(disconnected ? 'connection.credential.deleted' : 'connection.credential.none')}</span>
      </Row>
    )
  }
  return credential.secrets.map((secret) => (
    <Row key={secret.name} title={secret.name} mono>
      {t('connection.credential.set')} <Time at={secret.set_at} />{' '}
      <span className="text-muted">
        {secret.actor ? (
          <>
            {t('connection.credential.by')} <Text>{actorWords(secret.actor)}</Text>
          </>
        ) : (
          t('connection.credential.byUnknown')
        )}
      </span>
    </Row>
  ))
}

function Row({ title, mono = false, children }: { title: string; mono?: boolean; children: React.ReactNode }) {
  return (
    <div className="flex flex-wrap items-baseline justify-between gap-x-4 gap-y-0.5 px-4 py-2.5">
      <dt className={mono ? 'font-mono text-xs' : 'text-muted'}>
        <Text>{title}</Text>
      </dt>
      <dd className="text-right">{children}</dd>
    </div>
  )
}
