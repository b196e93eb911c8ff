import { TriangleAlert } from 'lucide-react'
import type { ReactNode } from 'react'
import type { Connector } from '@/api/types'
import { plural } from '@/lib/numbers'
import { visible } from '@/lib/visible'
import { ReachLine } from '@/parts/Reach'
import { TrustChip } from '@/parts/TrustChip'
import { ButtonLink } from '@/ui/Button'
import { Tag } from '@/ui/Chip'
import { Mark } from '@/ui/Mark'
import { Sentence, Text } from '@/ui/Text'

type Titles = ReadonlyMap<string, string>

/** One connector: what it is, what it reads, what it takes to connect it. */
export function ConnectorCard({ connector, titles }: { connector: Connector; titles: Titles }) {
  if (connector.problem) return <Unusable connector={connector} problem={connector.problem} />
  return (
    <Frame connector={connector}>
      <p className="text-sm">
        <Sentence>{connector.summary}</Sentence>
      </p>
      <p className="mt-1 text-sm text-muted">
        Reads <Text>{connector.streams.map((s) => s.title).join(', ')}</Text>
      </p>
      <ReachLine connector={connector} />
      <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1">
        <span className="flex flex-wrap gap-1">
          {connector.categories.map((id) => (
            <Tag key={id}>{titles.get(id) ?? visible(id)}</Tag>
          ))}
        </span>
        <span className="text-xs text-muted">{factsOf(connector).join(' · ')}</span>
      </div>
    </Frame>
  )
}

function factsOf(connector: Connector): string[] {
  const { minutes } = connector.guide
  return [
    minutes > 0 ? `${plural(minutes, 'minute')} to set up` : 'Nothing to set up',
    connector.connections > 0 ? `${connector.connections} connected` : '',
  ].filter(Boolean)
}

function Frame({ connector, children }: { connector: Connector; children: ReactNode }) {
  const name = connector.name || connector.id
  return (
    <li className="grid grid-cols-[2rem_minmax(0,1fr)_auto] gap-x-3 p-4 lg:grid-cols-[2rem_11rem_minmax(0,1fr)_auto]" data-connector={connector.id}>
      <Mark name={name} />
      <div className="col-start-2 row-start-1 min-w-0">
        <h3 className="font-medium">
          <Text>{name}</Text>
        </h3>
        <p className="text-xs text-muted">
          <Text>{connector.vendor || connector.path}</Text>
        </p>
        {!connector.problem && (
          <div className="mt-1 empty:hidden">
            <TrustChip connector={connector.id} trust={connector.trust} />
          </div>
        )}
      </div>
      <div className="col-span-3 col-start-1 row-start-2 mt-3 min-w-0 lg:col-span-1 lg:col-start-3 lg:row-start-1 lg:mt-0">{children}</div>
      {!connector.problem && (
        <ButtonLink
          size="sm"
          href={`/connections/new/${encodeURIComponent(connector.id)}`}
          aria-label={`Connect ${visible(name)}`}
          className="col-start-3 row-start-1 lg:col-start-4"
        >
          Connect
        </ButtonLink>
      )}
    </li>
  )
}

function Unusable({ connector, problem }: { connector: Connector; problem: NonNullable<Connector['problem']> }) {
  return (
    <Frame connector={connector}>
      <p className="flex gap-1.5 text-sm font-medium text-bad">
        <TriangleAlert size={14} aria-hidden className="mt-0.75 shrink-0" />
        <span>
          Cannot be used: <Sentence>{problem.message}</Sentence>
        </span>
      </p>
      {problem.remedy && (
        <p className="mt-1 pl-5 text-sm text-muted">
          <Sentence>{problem.remedy}</Sentence>
        </p>
      )}
    </Frame>
  )
}
