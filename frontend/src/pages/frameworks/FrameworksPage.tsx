import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { getFrameworks, type Framework } from '@/api/assurance'
import { keys } from '@/api/keys'
import { asProblem } from '@/api/problem'
import { count } from '@/lib/numbers'
import { frameworkPath } from '@/parts/assurance/paths'
import { StateBar } from '@/parts/assurance/StateBar'
import { Tag } from '@/ui/Chip'
import { card } from '@/ui/Section'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { Text } from '@/ui/Text'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'

/** Every framework with how many of its requirements are shown to be met. */
export default function FrameworksPage() {
  const query = useQuery({ queryKey: keys.frameworks, queryFn: ({ signal }) => getFrameworks(signal) })
  useTitle(t('controls.frameworks.title'))
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">{t('controls.frameworks.title')}</h1>
      <p className="mt-0.5 text-muted">{t('controls.frameworks.about')}</p>
      {query.isPending ? (
        <div className={`${card} mt-4`}>
          <SkeletonRows rows={6} label={t('controls.frameworks.loading')} />
        </div>
      ) : !query.data ? (
        <ErrorState what={t('controls.frameworks.failed')} problem={asProblem(query.error)} onRetry={() => void query.refetch()} />
      ) : query.data.length === 0 ? (
        <EmptyState title={t('controls.frameworks.none')} />
      ) : (
        <ul className="mt-4 grid gap-3 lg:grid-cols-2">
          {query.data.map((one) => (
            <FrameworkCard key={one.id} framework={one} />
          ))}
        </ul>
      )}
    </>
  )
}

function FrameworkCard({ framework }: { framework: Framework }) {
  const { share, total, counts } = framework
  return (
    <li className={`${card} px-4 py-3`} data-framework={framework.id}>
      <div className="flex flex-wrap items-baseline gap-x-2">
        <h2 className="font-semibold">
          <Link href={frameworkPath(framework.id)} className="rounded hover:underline">
            <Text>{framework.title}</Text>
          </Link>
        </h2>
        <span className="text-sm text-muted">
          <Text>{framework.version}</Text>
        </span>
        {framework.own && <Tag>{t('controls.frameworks.own')}</Tag>}
      </div>
      <p className="mt-1">{t('controls.frameworks.met', { passing: count(counts.passing), total: count(total) })}</p>
      <StateBar label={t('controls.frameworks.states', { title: framework.title })} counts={counts} to={(state) => `${frameworkPath(framework.id)}?state=${state}`} />
      <p className="mt-2 text-sm text-muted">
        {t('controls.frameworks.share', { tests: count(share.tests), evidence: count(share.evidence), both: count(share.both), nothing: count(share.nothing) })}
      </p>
    </li>
  )
}
