import { ArrowRight, Laptop } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { asProblem } from '@/api/problem'
import type { Connector } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { Button } from '@/ui/Button'
import { notify } from '@/ui/Toasts'
import { useConnectMachine, useConnectors } from './queries'

const order = [
  { category: 'identity', title: 'Identity provider', why: 'Who has access, and who is in scope.' },
  { category: 'infrastructure', title: 'Infrastructure', why: 'What runs where, and how it is configured.' },
  { category: 'version_control', title: 'Version control', why: 'How code is changed and reviewed.' },
  { category: 'ticketing', title: 'Ticketing', why: 'How work and incidents are followed up.' },
]

/** Nothing is connected yet: one click to begin, then the order most companies take. */
export function FirstConnection() {
  const connectors = useConnectors()
  const machine = connectors.data?.find((c) => c.id === 'device' && !c.problem)
  // A step that leads to an empty list is no step.
  const steps = order.filter((step) => connectors.data?.some((c) => !c.problem && c.categories.includes(step.category)))
  return (
    <div className="mx-auto grid max-w-3xl gap-8 py-10">
      <div>
        <h2 className="text-lg font-semibold">Nothing is connected yet</h2>
        <p className="mt-1 text-muted">
          Connect a system and Plumbline reads it on a schedule, keeps what it read with its history, and tells you when something could not be
          read.
        </p>
      </div>
      {machine && <ThisMachine connector={machine} />}
      <div>
        <h3 className="text-sm font-semibold">Then, in the order most companies take</h3>
        <ol className="mt-2 divide-y divide-line rounded-lg border border-line bg-panel">
          {steps.map((step, i) => (
            <li key={step.category}>
              <Link href={`/connections/available?category=${step.category}`} className="group flex items-center gap-4 px-4 py-3 hover:bg-hover">
                <span className="tabular w-4 text-sm text-faint">{i + 1}</span>
                <span className="min-w-0 flex-1">
                  <span className="block font-medium">{step.title}</span>
                  <span className="block text-sm text-muted">{step.why}</span>
                </span>
                <ArrowRight size={16} aria-hidden className="text-faint group-hover:text-text" />
              </Link>
            </li>
          ))}
          <li>
            <Link href="/connections/available" className="group flex items-center gap-4 px-4 py-3 hover:bg-hover">
              <span className="w-4" />
              <span className="min-w-0 flex-1">
                <span className="block font-medium">All connectors</span>
                <span className="block text-sm text-muted">Everything that this installation can read.</span>
              </span>
              <ArrowRight size={16} aria-hidden className="text-faint group-hover:text-text" />
            </Link>
          </li>
        </ol>
      </div>
    </div>
  )
}

function ThisMachine({ connector }: { connector: Connector }) {
  const [, navigate] = useLocation()
  const machine = useConnectMachine((created) => navigate(connectionPath(created)))
  const go = () =>
    machine.mutate(connector, {
      onError: (error) => notify.failed('This machine could not be connected', asProblem(error).message),
    })
  return (
    <section className="flex flex-wrap items-center gap-4 rounded-lg border border-line bg-panel p-4">
      <Laptop size={20} aria-hidden className="text-accent" />
      <div className="min-w-0 flex-1">
        <h3 className="font-medium">This machine</h3>
        <p className="text-sm text-muted">Reads the state of the computer Plumbline runs on. It needs no account and no key.</p>
      </div>
      <Button look="primary" asksAgent busy={machine.isPending} onClick={go}>
        Connect this machine
      </Button>
    </section>
  )
}
