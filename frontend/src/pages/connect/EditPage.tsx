import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus } from '@/api/types'
import { ErrorState, SkeletonRows } from '@/ui/States'
import { useTitle } from '@/ui/useTitle'
import { useConnection, useConnector } from './queries'
import { Setup } from './Setup'

export default function EditPage({ connection: ref }: { connection: string }) {
  const connection = useConnection(ref)
  const connector = useConnector(connection.data?.connector ?? '')
  const [loaded, setLoaded] = useState(0)
  useTitle(`Edit ${connection.data?.alias ?? ref}`)

  const reload = async () => {
    await Promise.all([connection.refetch(), connector.refetch()])
    setLoaded((n) => n + 1)
  }
  if (connection.data && connector.data) {
    return <EditForm key={loaded} connection={connection.data} connector={connector.data} onReload={() => void reload()} />
  }
  const error = connection.error ?? connector.error
  if (error) return <ErrorState heading="h1" what="The connection could not be loaded" problem={asProblem(error)} onRetry={() => void reload()} />
  return <SkeletonRows rows={5} label="Loading the connection" />
}

type EditFormProps = { connection: ConnectionStatus; connector: Parameters<typeof Setup>[0]['connector']; onReload: () => void }

/** Holds on to the connection as it was when the form was opened, so that a sync in between neither resets the form nor hides somebody else's edit. */
function EditForm({ connection, connector, onReload }: EditFormProps) {
  const [edited] = useState(connection)
  return <Setup connector={connector} edited={edited} alias={edited.alias} onReload={onReload} />
}
