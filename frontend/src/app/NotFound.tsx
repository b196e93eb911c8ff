import { ButtonLink } from '@/ui/Button'
import { useTitle } from '@/ui/useTitle'

export function NotFound() {
  useTitle('Not found')
  return (
    <div className="px-6 py-16 text-center">
      <h1 className="text-lg font-semibold">There is no such page</h1>
      <p className="mt-1 text-muted">The address may be old, or have lost a part.</p>
      <ButtonLink href="/connections" className="mt-4">
        Go to connections
      </ButtonLink>
    </div>
  )
}
