import { useQuery } from '@tanstack/react-query'
import { ChevronRight } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { getConnection, getConnector, getRun } from '@/api/endpoints'
import { keys } from '@/api/keys'
import { getPerson } from '@/api/people'
import { cx } from '@/ui/cx'
import { Text } from '@/ui/Text'
import { t } from '@/words'
import { crumbsOf, runOf, type Crumb } from './crumbs'

export function Crumbs() {
  const [path] = useLocation()
  const id = runOf(path)
  const run = useQuery({ queryKey: keys.run(id), queryFn: ({ signal }) => getRun(id, signal), enabled: id !== '' }).data
  return (
    <nav aria-label={t('app.crumbs.label')} className="min-w-0">
      <ol className="flex min-w-0 items-center gap-1.5 text-sm">
        {crumbsOf(path, run).map((crumb, i, all) => (
          // Where there is little room the way up is one step.
          <li key={crumb.href} className={cx('flex min-w-0 items-center gap-1.5', i < all.length - 2 && 'max-sm:hidden')}>
            {i > 0 && <ChevronRight size={14} aria-hidden className={cx('shrink-0 text-faint', i === all.length - 2 && 'max-sm:hidden')} />}
            <CrumbLink crumb={crumb} current={i === all.length - 1} />
          </li>
        ))}
      </ol>
    </nav>
  )
}

function CrumbLink({ crumb, current }: { crumb: Crumb; current: boolean }) {
  const title = useTitleOf(crumb)
  if (current) {
    return (
      <span aria-current="page" className="truncate font-medium">
        <Text>{title}</Text>
      </span>
    )
  }
  return (
    <Link href={crumb.href} className="truncate text-muted hover:text-text">
      <Text>{title}</Text>
    </Link>
  )
}

function useTitleOf(crumb: Crumb): string {
  const connector = useQuery({
    queryKey: keys.connector(crumb.title),
    queryFn: ({ signal }) => getConnector(crumb.title, signal),
    enabled: crumb.names === 'connector',
  })
  const connection = useQuery({
    queryKey: keys.connection(crumb.title),
    queryFn: ({ signal }) => getConnection(crumb.title, signal),
    enabled: crumb.names === 'connection',
  })
  const person = useQuery({
    queryKey: keys.person(crumb.title),
    queryFn: ({ signal }) => getPerson(crumb.title, signal),
    enabled: crumb.names === 'person',
  })
  if (person.data) return person.data.name || person.data.email || crumb.title
  return connector.data?.name ?? connection.data?.alias ?? crumb.title
}
