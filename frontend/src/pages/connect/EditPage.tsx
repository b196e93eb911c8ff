import { useState } from 'react'
import { asProblem } from '@/api/problem'
import type { ConnectionStatus } from '@/api/types'
import { Button, ButtonLink } from '@/ui/Button'
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
    return (
      <EditForm
        key={loaded}
        connection={connection.data}
        gone={connection.isError && asProblem(connection.error).code === 'not_found'}
        connector={connector.data}
        onReload={() => void reload()}
      />
    )
  }
  const error = connection.error ?? connector.error
  if (error) return <ErrorState heading="h1" what="The connection could not be loaded" problem={asProblem(error)} onRetry={() => void reload()} />
  return <SkeletonRows rows={5} label="Loading the connection" />
}

interface EditFormProps {
  connection: ConnectionStatus
  gone: boolean
  connector: Parameters<typeof Setup>[0]['connector']
  onReload: () => void
}

/** Keeps the connection of the moment when the form was opened, so that a sync neither resets the form nor hides an edit made elsewhere. */
function EditForm({ connection, gone, connector, onReload }: EditFormProps) {
  const [edited] = useState(connection)
  const notice = gone ? <Gone alias={edited.alias} /> : connection.revision !== edited.revision ? <Changed alias={edited.alias} onReload={onReload} /> : null
  return <Setup connector={connector} edited={edited} alias={edited.alias} onReload={onReload} notice={notice} />
}

const bar = 'flex flex-wrap items-center justify-between gap-3 rounded-md bg-warn-soft p-3 text-sm'

function Gone({ alias }: { alias: string }) {
  return (
    <div role="status" className={bar}>
      <p className="min-w-0 flex-1 basis-56">
        <strong className="font-semibold">{alias} was removed</strong> in another window or by a command. It cannot be saved any more.
      </p>
      <ButtonLink size="sm" href="/connections">
        Go to connections
      </ButtonLink>
    </div>
  )
}

function Changed({ alias, onReload }: { alias: string; onReload: () => void }) {
  return (
    <div role="status" className={bar}>
      <p className="min-w-0 flex-1 basis-56">
        <strong className="font-semibold">{alias} was changed</strong> in another window or by a command after you opened this form. Load the
        current version before you save; what you entered here is lost then.
      </p>
      <Button size="sm" asksAgent onClick={onReload}>
        Load the current version
      </Button>
    </div>
  )
}
