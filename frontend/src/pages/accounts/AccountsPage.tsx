import { RecordBrowser } from '@/parts/records/RecordBrowser'
import { ButtonLink } from '@/ui/Button'
import { Fill } from '@/ui/Fill'
import { useTitle } from '@/ui/useTitle'

/** Who can sign in where: the accounts of every connection. */
export default function AccountsPage() {
  useTitle('Accounts')
  return (
    <Fill>
      <h1 className="text-xl font-semibold tracking-tight">Accounts</h1>
      <p className="mt-0.5 text-muted">Who can sign in where, now or on a past day, in every system that is connected.</p>
      <div className="mt-4 min-h-0 flex-1 overflow-hidden rounded-lg border border-line bg-panel">
        <RecordBrowser
          scope={{ kind: 'account' }}
          kind="account"
          several
          empty={
            <>
              No connection has read any account yet.
              <span className="mt-4 block">
                <ButtonLink href="/connections/available">Connect a system</ButtonLink>
              </span>
            </>
          }
        />
      </div>
    </Fill>
  )
}
