import { ArrowLeft } from 'lucide-react'
import { Link } from 'wouter'
import { asProblem } from '@/api/problem'
import type { Connector } from '@/api/types'
import { ConnectorMark } from '@/parts/ConnectorMark'
import { EmptyWays } from '@/parts/EmptyWays'
import { TrustChip } from '@/parts/TrustChip'
import { ButtonLink } from '@/ui/Button'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { Sentence, Text } from '@/ui/Text'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { About } from './About'
import { GuidePreview } from './GuidePreview'
import { useConnector } from './queries'
import { Limits, Permissions, Places, Streams } from './Sections'

/** What a connector gives, asks for and may reach, to be read before anything is connected. */
export default function ConnectorPage({ id }: { id: string }) {
  const query = useConnector(id)
  useTitle(query.data?.name ?? id)
  if (query.isPending) return <SkeletonRows rows={6} label={t('available.detail_loading')} />
  if (!query.data) {
    const problem = asProblem(query.error)
    if (problem.code === 'not_found' || problem.code === 'host.not_found') return <Missing id={id} />
    return <ErrorState heading="h1" what={t('available.detail_failed')} problem={problem} onRetry={() => void query.refetch()} />
  }
  return <Detail connector={query.data} />
}

function Missing({ id }: { id: string }) {
  return (
    <div className="mx-auto max-w-3xl py-16 text-center">
      <h1 className="text-base font-semibold">
        <Text>{t('available.not_found', { id })}</Text>
      </h1>
      <p className="mt-1 mb-5 text-muted">{t('available.not_found_lead')}</p>
      <EmptyWays />
      <ButtonLink className="mt-5" href="/connections/available">
        {t('available.back')}
      </ButtonLink>
    </div>
  )
}

function Detail({ connector }: { connector: Connector }) {
  const name = connector.name || connector.id
  return (
    <>
      <Link href="/connections/available" className="inline-flex min-h-6 items-center gap-1 text-sm text-muted hover:text-text">
        <ArrowLeft size={14} aria-hidden />
        {t('available.back')}
      </Link>
      <header className="mt-3 flex flex-wrap items-start gap-4">
        <ConnectorMark name={name} categories={connector.categories} size="xl" />
        <div className="min-w-0 flex-1 basis-72">
          <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
            <h1 className="text-xl font-semibold tracking-tight">
              <Text>{name}</Text>
            </h1>
            <TrustChip connector={connector.id} trust={connector.trust} />
          </div>
          <p className="mt-0.5 max-w-3xl text-muted">
            <Sentence>{connector.summary}</Sentence>
          </p>
        </div>
        {!connector.problem && (
          <ButtonLink look="primary" href={`/connections/new/${encodeURIComponent(connector.id)}`}>
            {t('available.connect')}
          </ButtonLink>
        )}
      </header>
      {connector.problem && (
        <p role="alert" className="mt-4 rounded-lg bg-bad-soft px-4 py-3 text-sm text-bad">
          {t('available.unusable')} <Sentence>{connector.problem.message}</Sentence> <Sentence>{connector.problem.remedy}</Sentence>
        </p>
      )}
      <div className="mt-2 grid gap-x-10 xl:grid-cols-[minmax(0,1fr)_18rem]">
        <div className="min-w-0">
          <Streams connector={connector} />
          <Permissions connector={connector} />
          <Places connector={connector} />
          <Limits connector={connector} />
          <GuidePreview guide={connector.guide} />
        </div>
        <About connector={connector} />
      </div>
    </>
  )
}
