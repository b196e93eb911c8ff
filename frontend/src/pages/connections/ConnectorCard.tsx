import { Clock, KeyRound, Plug, TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import type { Connector } from '@/api/types'
import { signInOf } from '@/lib/signIn'
import { visible } from '@/lib/visible'
import { ConnectorMark } from '@/parts/ConnectorMark'
import { TrustChip } from '@/parts/TrustChip'
import { ButtonLink } from '@/ui/Button'
import { Tag } from '@/ui/Chip'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'

type Titles = ReadonlyMap<string, string>

/** One connector: what it is, what it reads, what it takes to connect it. */
export function ConnectorCard({ connector, titles }: { connector: Connector; titles: Titles }) {
  const name = connector.name || connector.id
  const [first, second, ...more] = connector.categories
  return (
    <li className="relative flex flex-col rounded-lg border border-line bg-panel p-4 hover:border-line-strong" data-connector={connector.id}>
      <div className="flex items-start gap-3">
        <ConnectorMark name={name} categories={connector.categories} size="lg" />
        <div className="min-w-0 flex-1">
          <h3 className="font-medium">
            {/* The link covers the card, so all of it can be pressed; what is above it can still be. */}
            <Link href={`/connections/available/${encodeURIComponent(connector.id)}`} className="hover:underline after:absolute after:inset-0 after:rounded-lg">
              <Text>{name}</Text>
            </Link>
          </h3>
          <p className="truncate text-xs text-muted">
            <Text>{connector.vendor || connector.path}</Text>
          </p>
        </div>
        {!connector.problem && (
          <ButtonLink
            size="sm"
            href={`/connections/new/${encodeURIComponent(connector.id)}`}
            aria-label={t('available.connect_label', { name: visible(name) })}
            className="relative"
          >
            {t('available.connect')}
          </ButtonLink>
        )}
      </div>
      {connector.problem ? (
        <Unusable problem={connector.problem} />
      ) : (
        <>
          <p className="mt-3 line-clamp-2 text-sm">
            <Sentence>{connector.summary}</Sentence>
          </p>
          <p className="mt-1 line-clamp-2 text-xs text-muted">
            <Text>{t('available.reads', { data: connector.streams.map((s) => s.title).join(', ') })}</Text>
          </p>
          <div className="mt-auto flex flex-wrap items-center gap-1 pt-3">
            {[first, second].filter((id) => id !== undefined).map((id) => (
              <Tag key={id}>{titles.get(id) ?? visible(id)}</Tag>
            ))}
            {more.length > 0 && <Tag>+{more.length}</Tag>}
            <span className="relative empty:hidden">
              <TrustChip connector={connector.id} trust={connector.trust} />
            </span>
          </div>
          <Facts connector={connector} />
        </>
      )}
    </li>
  )
}

function Facts({ connector }: { connector: Connector }) {
  const { minutes } = connector.guide
  const fact = (icon: ReactNode, text: string) => (
    <span className="inline-flex items-center gap-1 whitespace-nowrap">
      {icon}
      {text}
    </span>
  )
  return (
    <p className="mt-2 flex flex-wrap gap-x-3 gap-y-0.5 text-xs text-muted">
      {fact(<Clock size={12} aria-hidden />, minutes > 0 ? t('available.minutes', { count: minutes }) : t('available.no_setup'))}
      {fact(<KeyRound size={12} aria-hidden />, t(`available.sign_${signInOf(connector.config_schema)}`))}
      {connector.connections > 0 && (
        <span className="font-medium text-ok">{fact(<Plug size={12} aria-hidden />, t('available.connected', { count: connector.connections }))}</span>
      )}
    </p>
  )
}

function Unusable({ problem }: { problem: NonNullable<Connector['problem']> }) {
  return (
    <div className="mt-3">
      <p className="flex gap-1.5 text-sm font-medium text-bad">
        <TriangleAlert size={14} aria-hidden className="mt-0.75 shrink-0" />
        <span>
          {t('available.unusable')} <Sentence>{problem.message}</Sentence>
        </span>
      </p>
      {problem.remedy && (
        <p className="mt-1 pl-5 text-sm text-muted">
          <Sentence>{problem.remedy}</Sentence>
        </p>
      )}
    </div>
  )
}
