import { asProblem } from '@/api/problem'
import type { HeldRemoval } from '@/api/types'
import { count } from '@/lib/numbers'
import { visible } from '@/lib/visible'
import { Button } from '@/ui/Button'
import { Sentence, Text } from '@/ui/Text'
import { useHeldRecords } from './queries'

/** Every record that a held removal would remove, the sample first and the rest a page at a time. */
export function HeldRecords({ connection, removal }: { connection: string; removal: HeldRemoval }) {
  const query = useHeldRecords(connection, removal.stream, removal.id)
  const records = query.data?.pages.flatMap((page) => page.items) ?? removal.sample
  return (
    <div className="overflow-hidden rounded-md border border-line text-text">
      <div tabIndex={0} role="region" aria-label="Records that would be removed" className="max-h-64 overflow-auto focus-visible:-outline-offset-2">
        <table className="w-full text-sm">
          <thead className="sticky top-0 bg-panel shadow-[inset_0_-1px_var(--line)]">
            <tr className="text-xs text-muted">
              <th scope="col" className="h-8 px-3">
                Name
              </th>
              <th scope="col" className="px-3">
                Key
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {records.map((record) => (
              <tr key={record.key} data-held-key={visible(record.key, 200)}>
                <td className="max-w-56 truncate px-3 py-1.5">{record.name ? <Text>{record.name}</Text> : <span className="text-faint">–</span>}</td>
                <td className="max-w-56 truncate px-3 py-1.5 font-mono text-xs text-muted">
                  <Text>{record.key}</Text>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <div className="flex min-h-10 flex-wrap items-center justify-between gap-2 border-t border-line px-3 py-1.5 text-xs text-muted">
        <span role="status">
          {count(records.length)} of {count(removal.removes)} shown
        </span>
        {query.isError && (
          <span role="alert" className="text-bad">
            <Sentence>{asProblem(query.error).message}</Sentence>
          </span>
        )}
        {(query.hasNextPage || query.isError) && (
          <Button
            size="sm"
            asksAgent
            busy={query.isFetching}
            onClick={() => void (query.hasNextPage ? query.fetchNextPage() : query.refetch())}
          >
            {query.isError ? 'Try again' : 'Show more'}
          </Button>
        )}
      </div>
    </div>
  )
}
