import { ArrowDownToLine } from 'lucide-react'
import { useEffect, useState } from 'react'
import { asProblem } from '@/api/problem'
import type { HeldRemoval } from '@/api/types'
import { visible } from '@/lib/visible'
import { Button } from '@/ui/Button'
import { TextInput } from '@/ui/Field'
import { Sentence, Text } from '@/ui/Text'
import { t } from '@/words'
import { matching } from './heldList'
import { useHeldRecords } from './queries'
import { useSaveHeld } from './useSaveHeld'

/** Every record that a held removal would remove, the sample first and the rest a page at a time. Searching and saving read all of them. */
export function HeldRecords({ connection, alias, removal }: { connection: string; alias: string; removal: HeldRemoval }) {
  const query = useHeldRecords(connection, removal.stream, removal.id)
  const [q, setQ] = useState('')
  const save = useSaveHeld(connection, alias, removal)
  const records = matching(query.data?.pages.flatMap((page) => page.items) ?? removal.sample, q)
  const { hasNextPage, isFetching, isError, fetchNextPage } = query
  useEffect(() => {
    if (q !== '' && hasNextPage && !isFetching && !isError) void fetchNextPage()
  }, [q, hasNextPage, isFetching, isError, fetchNextPage])
  return (
    <div className="overflow-hidden rounded-md border border-line text-text">
      <div className="flex flex-wrap items-center gap-2 border-b border-line px-3 py-2">
        <TextInput type="search" aria-label={t('connection.held.search')} placeholder={t('connection.held.search')} value={q} onChange={(event) => setQ(event.target.value)} className="w-56!" />
        <Button size="sm" look="ghost" className="ml-auto" asksAgent icon={<ArrowDownToLine size={14} aria-hidden />} busy={save.isPending} onClick={() => save.mutate()}>
          {t('connection.held.export')}
        </Button>
      </div>
      <div tabIndex={0} role="region" aria-label={t('connection.held.records')} className="max-h-64 overflow-auto focus-visible:-outline-offset-2">
        <table className="w-full text-sm">
          <thead className="sticky top-0 bg-panel shadow-[inset_0_-1px_var(--line)]">
            <tr className="text-xs text-muted">
              <th scope="col" className="h-8 px-3">
                {t('connection.held.name')}
              </th>
              <th scope="col" className="px-3">
                {t('connection.held.key')}
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {records.slice(0, 1000).map((record) => (
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
        <span role="status">{t('connection.held.shown', { shown: Math.min(records.length, 1000), count: removal.removes })}</span>
        {isError && (
          <span role="alert" className="text-bad">
            <Sentence>{asProblem(query.error).message}</Sentence>
          </span>
        )}
        {(hasNextPage || isError) && (
          <Button size="sm" asksAgent busy={isFetching} onClick={() => void (hasNextPage ? fetchNextPage() : query.refetch())}>
            {t(isError ? 'common.retry' : 'connection.held.more')}
          </Button>
        )}
      </div>
    </div>
  )
}
