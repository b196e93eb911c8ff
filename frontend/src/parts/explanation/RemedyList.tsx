import { Link } from 'wouter'
import type { CauseFix } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'

type Connection = { id: string; alias: string; connector: string }

/** What to do, in the order in which to try it, each with the screen on which it is done. */
export function RemedyList({ remedies, connection }: { remedies: CauseFix[]; connection: Connection }) {
  if (remedies.length === 0) return null
  return (
    <div>
      <h4 className="text-xs font-medium text-muted">{t('explanation.todo')}</h4>
      <ol className="mt-1 list-decimal space-y-1 pl-5 text-sm">
        {remedies.map((remedy) => (
          <li key={remedy.text}>
            <Sentence>{remedy.text}</Sentence> <Done remedy={remedy} connection={connection} />
          </li>
        ))}
      </ol>
    </div>
  )
}

function Done({ remedy, connection }: { remedy: CauseFix; connection: Connection }) {
  const link = 'whitespace-nowrap text-accent hover:underline'
  const path = connectionPath(connection)
  return (
    <span className="inline-flex flex-wrap gap-x-3">
      {remedy.action === 'edit' && (
        <Link href={`${path}/edit`} className={link}>
          {t('explanation.act.edit')}
        </Link>
      )}
      {remedy.action === 'decide' && (
        <Link href={path} className={link}>
          {t('explanation.act.decide')}
        </Link>
      )}
      {remedy.guide && (
        <Link href={`/connections/available/${encodeURIComponent(connection.connector)}`} className={link}>
          {t('explanation.guide')}
        </Link>
      )}
    </span>
  )
}
