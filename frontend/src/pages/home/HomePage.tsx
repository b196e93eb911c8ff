import { Plus } from 'lucide-react'
import { isPressing, useAttention, useConnectors, useDescribing, useEveryConnection } from '@/api/host'
import { asProblem } from '@/api/problem'
import type { ConnectionItem } from '@/api/types'
import { AttentionRow } from '@/parts/Attention'
import { Describing } from '@/parts/Describing'
import { OnboardingList, onboardingSteps } from '@/parts/Onboarding'
import { ButtonLink } from '@/ui/Button'
import { card, Section } from '@/ui/Section'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { HealthStrip } from './HealthStrip'
import { LastChanges, NextSyncs } from './Syncs'
import { Tests } from './Tests'

/** What needs the person, how every connection is, and what comes next. */
export function HomePage() {
  useTitle(t('home.title'))
  const connections = useEveryConnection()
  const list = connections.data?.items
  return (
    <>
      <h1 className="text-xl font-semibold tracking-tight">{t('home.title')}</h1>
      {connections.error && !list ? (
        <ErrorState what={t('home.failed')} problem={asProblem(connections.error)} onRetry={() => void connections.refetch()} />
      ) : !list ? (
        <div className={`mt-6 ${card}`}>
          <SkeletonRows rows={5} label={t('home.loading')} />
        </div>
      ) : list.length === 0 ? (
        <FirstRun />
      ) : (
        <Overview connections={list} matched={connections.data?.matched ?? list.length} />
      )}
    </>
  )
}

function Overview({ connections, matched }: { connections: ConnectionItem[]; matched: number }) {
  return (
    <div className="grid gap-x-8 xl:grid-cols-[minmax(0,1fr)_20rem]">
      <div className="min-w-0">
        <NeedsMe />
        <Tests />
        <HealthStrip connections={connections} matched={matched} />
      </div>
      <div className="min-w-0">
        <Onboarding connections={connections} />
        <NextSyncs connections={connections} />
        <LastChanges />
      </div>
    </div>
  )
}

function NeedsMe() {
  const { data, error, refetch } = useAttention()
  const describing = useDescribing()
  const count = data?.filter(isPressing).length ?? 0
  return (
    <Section title={t('home.attention.title')} aside={count > 0 && <p className="text-sm text-muted">{t('home.attention.count', { count })}</p>}>
      <div className={card}>
        {error && !data ? (
          <ErrorState what={t('home.attention.failed')} problem={asProblem(error)} onRetry={() => void refetch()} />
        ) : !data ? (
          <SkeletonRows rows={3} label={t('home.attention.loading')} />
        ) : data.length === 0 ? (
          <p className="px-4 py-8 text-center text-muted">{t(describing > 0 ? 'home.attention.noneYet' : 'home.attention.none')}</p>
        ) : (
          <ul className="divide-y divide-line">
            {data.map((item) => (
              <li key={item.id}>
                <AttentionRow item={item} />
              </li>
            ))}
          </ul>
        )}
        <Describing className="border-t border-line px-4 py-2" />
      </div>
    </Section>
  )
}

/** Stays until the four systems that most evidence comes from are connected. */
function Onboarding({ connections }: { connections: ConnectionItem[] }) {
  const connectors = useConnectors()
  const describing = useDescribing()
  const steps = onboardingSteps(connections, connectors.data ?? [])
  const done = steps.filter((one) => one.done).length
  // Which steps there are is known only once every connector is.
  if (!connectors.data || describing > 0 || done === steps.length) return null
  return (
    <Section title={t('home.onboarding.title')} aside={<p className="text-sm text-muted">{t('home.onboarding.progress', { done, of: steps.length })}</p>}>
      <div className={card}>
        <OnboardingList steps={steps} />
      </div>
    </Section>
  )
}

/** Nothing is connected yet: what will be here, and the one thing to do. */
function FirstRun() {
  const connectors = useConnectors()
  const steps = onboardingSteps([], connectors.data ?? [])
  return (
    <div className="mx-auto max-w-2xl py-10">
      <h2 className="text-lg font-semibold">{t('home.first.title')}</h2>
      <p className="mt-1 text-muted">{t('home.first.text')}</p>
      <ul className="mt-3 list-disc space-y-1 pl-5 text-muted marker:text-faint">
        <li>{t('home.first.local')}</li>
        <li>{t('home.first.readOnly')}</li>
        <li>{t('home.first.check')}</li>
      </ul>
      <div className="mt-5">
        <ButtonLink look="primary" href="/connections/available?category=identity" icon={<Plus size={14} aria-hidden />}>
          {t('home.first.action')}
        </ButtonLink>
      </div>
      {steps.length > 0 && (
        <Section title={t('home.first.order')}>
          <div className={card}>
            <OnboardingList steps={steps} />
          </div>
        </Section>
      )}
      <Describing className="mt-2" />
    </div>
  )
}
