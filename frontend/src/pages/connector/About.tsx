import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Connector } from '@/api/types'
import { signInOf } from '@/lib/signIn'
import { trustSentence } from '@/lib/trust'
import { visible } from '@/lib/visible'
import { Sentence, Text } from '@/ui/Text'
import { Time } from '@/ui/Time'
import { t } from '@/words'
import { useTitles } from './queries'

/** Who made a connector, which version it is, and why it is taken for what it says. */
export function About({ connector }: { connector: Connector }) {
  const titles = useTitles()
  const { installation, guide, trust } = connector
  const facts: [string, ReactNode][] = [
    [t('available.about_publisher'), <Text key="v">{connector.vendor}</Text>],
    [t('available.about_categories'), <Text key="c">{connector.categories.map((id) => titles.get(id) ?? visible(id)).join(', ')}</Text>],
    [t('available.about_sign'), t(`available.sign_${signInOf(connector.config_schema)}`)],
    [t('available.about_minutes'), guide.minutes > 0 ? t('available.minutes', { count: guide.minutes }) : t('available.no_setup')],
    [t('available.about_connected'), <Connected key="n" connector={connector} />],
    [t('available.about_trust'), <Trust key="t" id={connector.id} trust={trust} />],
    [t('available.about_version'), <Text key="ver">{connector.version}</Text>],
  ]
  if (installation) {
    facts.push([t('available.about_installed'), <Time key="i" at={installation.installed_at} />], [t('available.about_source'), <Text key="s">{installation.source}</Text>])
  }
  if (connector.license) facts.push([t('available.about_license'), <Text key="l">{connector.license}</Text>])
  if (connector.homepage && /^https:\/\//.test(connector.homepage)) {
    facts.push([
      t('available.about_homepage'),
      <a key="h" href={connector.homepage} target="_blank" rel="noreferrer" className="break-all text-accent hover:underline">
        <Text>{connector.homepage.replace('https://', '')}</Text>
      </a>,
    ])
  }
  facts.push([
    t('available.about_hash'),
    <code key="x" title={t('available.about_hash_title')} className="font-mono text-xs break-all text-muted">
      {connector.sha256}
    </code>,
  ])
  return (
    <aside aria-label={t('available.about')} className="mt-8 xl:mt-10">
      <dl className="grid gap-x-4 gap-y-3 text-sm sm:grid-cols-2 xl:sticky xl:top-16 xl:grid-cols-1">
        {facts.map(([title, value]) => (
          <div key={title}>
            <dt className="text-xs text-muted">{title}</dt>
            <dd className="mt-0.5">{value}</dd>
          </div>
        ))}
      </dl>
    </aside>
  )
}

function Connected({ connector }: { connector: Connector }) {
  if (connector.connections === 0) return t('available.about_none_connected')
  return (
    <Link href={`/connections?connector=${encodeURIComponent(connector.id)}`} className="text-accent hover:underline">
      {t('available.connected', { count: connector.connections })}
    </Link>
  )
}

function Trust({ id, trust }: { id: string; trust: Connector['trust'] }) {
  const sentence = trustSentence(id, trust)
  return (
    <>
      {t(`available.trust_${trust}`)}
      {sentence && (
        <span className="mt-0.5 block text-xs text-muted">
          <Sentence>{sentence}</Sentence>
        </span>
      )}
    </>
  )
}
