import { KeyRound } from 'lucide-react'
import { Button } from '@/ui/Button'
import { useTitle } from '@/ui/useTitle'

/** The agent does not know this browser; only the command line can let it in. */
export function SignedOut() {
  useTitle('Signed out')
  return (
    <main className="mx-auto flex min-h-screen max-w-md flex-col justify-center px-6">
      <KeyRound size={20} aria-hidden className="text-muted" />
      <h1 className="mt-3 text-xl font-semibold">This browser is not signed in</h1>
      <p className="mt-2 text-muted">
        Plumbline runs on this machine and lets a browser in through a link that works once. Ask for a new one in a terminal:
      </p>
      <pre className="mt-4 rounded-md border border-line bg-sunken px-3 py-2 font-mono text-sm">plumbline open</pre>
      <p className="mt-4 text-muted">The link opens this page signed in. If you have done that in another tab, reload this one.</p>
      <div className="mt-4">
        <Button onClick={() => window.location.reload()}>Reload</Button>
      </div>
    </main>
  )
}
