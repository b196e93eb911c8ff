import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus, Draft } from '@/api/types'
import { Button, ButtonLink } from '@/ui/Button'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { useTitle } from '@/ui/useTitle'
import { t } from '@/words'
import { useConnection, useConnector, useDrafts } from './queries'
import { Setup } from './Setup'
import { newDraftId } from './useDraft'

export default function EditPage({ connection: ref }: { connection: string }) {
  const connection = useConnection(ref)
  const connector = useConnector(connection.data?.connector ?? '')
  const drafts = useDrafts({ connection: ref })
  const [loaded, setLoaded] = useState({ times: 0, fresh: false })
  useTitle(t('connect.edit_title', { alias: connection.data?.alias ?? ref }))

  const reload = async (fresh = false) => {
    await Promise.all([connection.refetch(), connector.refetch(), drafts.refetch()])
    setLoaded(({ times }) => ({ times: times + 1, fresh }))
  }
  if (connection.data && connector.data && !drafts.isPending) {
    return (
      <EditForm
        key={loaded.times}
        connection={connection.data}
        gone={connection.isError && asProblem(connection.error).code === 'not_found'}
        connector={connector.data}
        draft={loaded.fresh ? undefined : drafts.data?.[0]}
        onReload={() => void reload(true)}
      />
    )
  }
  const error = connection.error ?? connector.error
  if (error) return <ErrorState heading="h1" what={t('connect.connection_failed')} problem={asProblem(error)} onRetry={() => void reload()} />
  return <SkeletonRows rows={5} label={t('connect.loading_connection')} />
}

interface EditFormProps {
  connection: ConnectionStatus
  gone: boolean
  connector: Parameters<typeof Setup>[0]['connector']
  draft: Draft | undefined
  onReload: () => void
}

/** Keeps the connection of the moment when the form was opened, so that a sync neither resets the form nor hides an edit made elsewhere. */
function EditForm({ connection, gone, connector, draft, onReload }: EditFormProps) {
  const [start] = useState(() => ({ connection, draft, id: draft?.id ?? newDraftId() }))
  const edited = start.connection
  const changed = connection.revision !== edited.revision || (start.draft?.base ?? edited.revision) !== edited.revision
  const notice = gone ? <Gone alias={edited.alias} /> : changed ? <Changed alias={edited.alias} onReload={onReload} /> : null
  return (
    <Setup
      connector={connector}
      edited={edited}
      alias={edited.alias}
      draftId={start.id}
      {...(start.draft && { draft: start.draft })}
      gone={gone}
      onReload={onReload}
      onStartOver={onReload}
      notice={notice}
    />
  )
}

const bar = 'flex flex-wrap items-center justify-between gap-3 rounded-md bg-warn-soft p-3 text-sm'

function Gone({ alias }: { alias: string }) {
  return (
    <div role="status" className={bar}>
      <p className="min-w-0 flex-1 basis-56">
        <strong className="font-semibold">{t('connect.gone.title', { alias })}</strong> {t('connect.gone.text')}
      </p>
      <ButtonLink size="sm" href="/connections">
        {t('connect.gone.go')}
      </ButtonLink>
    </div>
  )
}

function Changed({ alias, onReload }: { alias: string; onReload: () => void }) {
  return (
    <div role="status" className={bar}>
      <p className="min-w-0 flex-1 basis-56">
        <strong className="font-semibold">{t('connect.changed.title', { alias })}</strong> {t('connect.changed.text')}
      </p>
      <Button size="sm" asksAgent onClick={onReload}>
        {t('connect.load_current')}
      </Button>
    </div>
  )
}
