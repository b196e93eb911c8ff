import type { ConnectionItem } from '@/api/types'
import { ConnectionRow } from './ConnectionRow'
import { useCategories } from './queries'

const head = 'h-9 px-3 text-xs font-medium text-muted whitespace-nowrap'

export function ConnectionTable({ connections }: { connections: ConnectionItem[] }) {
  const categories = useCategories()
  const titles = new Map(categories.data?.map((c) => [c.id, c.title]))
  return (
    <table className="w-full border-collapse text-sm">
      <caption className="sr-only">Active connections</caption>
      <thead className="border-b border-line">
        <tr>
          <th scope="col" className={`${head} pl-2`}>
            Connection
          </th>
          <th scope="col" className={`${head} hidden xl:table-cell`}>
            Category
          </th>
          <th scope="col" className={`${head} hidden sm:table-cell`}>
            Status
          </th>
          <th scope="col" className={`${head} hidden md:table-cell`}>
            Activity
          </th>
          <th scope="col" className={`${head} hidden lg:table-cell`}>
            Last success
          </th>
          <th scope="col" className={`${head} hidden lg:table-cell`}>
            Next run
          </th>
          <th scope="col" className={`${head} hidden xl:table-cell`}>
            Last 30 runs
          </th>
          <th scope="col" className="w-10">
            <span className="sr-only">Actions</span>
          </th>
        </tr>
      </thead>
      {connections.map((connection) => (
        <ConnectionRow key={connection.id} connection={connection} titles={titles} />
      ))}
    </table>
  )
}
