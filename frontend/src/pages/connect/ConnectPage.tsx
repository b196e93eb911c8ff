import { asProblem } from '@/api/problem'
import { uniqueAlias } from '@/lib/alias'
import { ButtonLink } from '@/ui/Button'
import { EmptyState, ErrorState, SkeletonRows } from '@/ui/States'
import { useTitle } from '@/ui/useTitle'
import { useAliases, useConnector } from './queries'
import { Setup } from './Setup'

export default function ConnectPage({ id }: { id: string }) {
  const connector = useConnector(id)
  const aliases = useAliases(id)
  useTitle(`Connect ${connector.data?.name ?? id}`)

  if (connector.isPending || aliases.isPending) return <SkeletonRows rows={5} label="Loading the setup guide" />
  if (!connector.data) {
    const problem = asProblem(connector.error)
    if (problem.code !== 'not_found') return <ErrorState heading="h1" what="The connector could not be loaded" problem={problem} onRetry={() => void connector.refetch()} />
    return (
      <EmptyState heading="h1" title={`There is no connector called ${id}`} action={<ButtonLink href="/connections/available">See what is available</ButtonLink>} />
    )
  }
  if (connector.data.problem) {
    return <ErrorState heading="h1" what={`${connector.data.name || id} cannot be used`} problem={connector.data.problem} onRetry={() => void connector.refetch()} />
  }
  return <Setup key={id} connector={connector.data} alias={uniqueAlias(connector.data.id, aliases.data ?? [])} />
}
