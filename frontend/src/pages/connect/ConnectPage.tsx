import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { Draft } from '@/api/types'
import { uniqueAlias } from '@/lib/alias'
import { ButtonLink } from '@/ui/Button'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useTitle } from '@/ui/useTitle'
import { useUrl } from '@/ui/useUrl'
import { t } from '@/words'
import { useAliases, useConnector, useDrafts } from './queries'
import { Setup } from './Setup'
import { newDraftId } from './useDraft'

export default function ConnectPage({ id }: { id: string }) {
  const connector = useConnector(id)
  const aliases = useAliases(id)
  const drafts = useDrafts({ connector: id })
  const url = useUrl()
  useTitle(t('connect.title', { name: connector.data?.name ?? id }))

  if (connector.isPending || aliases.isPending || drafts.isPending) return <SkeletonRows rows={5} label={t('connect.loading_guide')} />
  if (!connector.data) {
    const problem = asProblem(connector.error)
    if (problem.code !== 'not_found') {
      return <ErrorState heading="h1" what={t('connect.connector_failed')} problem={problem} onRetry={() => void connector.refetch()} />
    }
    return (
      <EmptyState
        heading="h1"
        title={t('connect.no_connector', { id })}
        action={<ButtonLink href="/connections/available">{t('connect.see_available')}</ButtonLink>}
      />
    )
  }
  if (connector.data.problem) {
    const name = connector.data.name || id
    return (
      <ErrorState heading="h1" what={t('connect.unusable', { name })} problem={connector.data.problem} onRetry={() => void connector.refetch()} />
    )
  }
  const begun = (drafts.data ?? []).filter((d) => !d.connection)
  return (
    <Begun key={`${id} ${url.one('draft')}`} drafts={begun} asked={url.one('draft')}>
      {(draftId, draft, others) => (
        <Setup
          key={draftId}
          connector={connector.data}
          alias={uniqueAlias(connector.data.id, aliases.data ?? [])}
          draftId={draftId}
          {...(draft && { draft })}
          otherDrafts={others}
          onStartOver={() => url.set({ draft: 'new' })}
        />
      )}
    </Begun>
  )
}

interface BegunProps {
  drafts: Draft[]
  /** The id in the address; "new" begins another one. */
  asked: string
  children: (id: string, draft: Draft | undefined, others: Draft[]) => React.ReactNode
}

/** Chooses what the form goes on with, once: a draft that is kept meanwhile changes nothing. */
function Begun({ drafts, asked, children }: BegunProps) {
  const [start] = useState(() => {
    const draft = asked === 'new' ? undefined : (drafts.find((d) => d.id === asked) ?? drafts[0])
    return { id: draft?.id ?? newDraftId(), draft }
  })
  return children(start.id, start.draft, drafts.filter((d) => d.id !== start.id))
}
