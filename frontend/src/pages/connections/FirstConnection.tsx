import { ArrowRight, Laptop } from 'lucide-react'
import { Link, useLocation } from 'wouter'
import { useConnectors } from '@/api/host'
import { asProblem } from '@/api/problem'
import type { Connector } from '@/api/types'
import { connectionPath } from '@/lib/paths'
import { Describing } from '@/parts/Describing'
import { Button } from '@/ui/Button'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { recommended } from './recommended'
import { useConnectMachine } from './queries'

/** Nothing is connected yet: one click to begin, then the order most companies take. */
export function FirstConnection() {
  const connectors = useConnectors()
  const machine = connectors.data?.find((c) => c.id === 'device' && !c.problem)
  // A step that leads to an empty list is no step.
  const steps = recommended.filter((step) => connectors.data?.some((c) => !c.problem && c.categories.includes(step.category)))
  return (
    <div className="mx-auto grid max-w-3xl gap-8 py-10">
      <div>
        <h2 className="text-lg font-semibold">{t('connections.first_title')}</h2>
        <p className="mt-1 text-muted">
          {t('connections.first_lead')}
        </p>
      </div>
      {machine && <ThisMachine connector={machine} />}
      <div>
        <h3 className="text-sm font-semibold">{t('connections.first_order')}</h3>
        <ol className="mt-2 divide-y divide-line rounded-lg border border-line bg-panel">
          {steps.map((step, i) => (
            <li key={step.category}>
              <Link href={`/connections/available?category=${step.category}`} className="group flex items-center gap-4 px-4 py-3 hover:bg-hover">
                <span className="tabular w-4 text-sm text-faint">{i + 1}</span>
                <span className="min-w-0 flex-1">
                  <span className="block font-medium">{t(`available.step_${step.category}`)}</span>
                  <span className="block text-sm text-muted">{t(`available.why_${step.category}`)}</span>
                </span>
                <ArrowRight size={16} aria-hidden className="text-faint group-hover:text-text" />
              </Link>
            </li>
          ))}
          <li>
            <Link href="/connections/available" className="group flex items-center gap-4 px-4 py-3 hover:bg-hover">
              <span className="w-4" />
              <span className="min-w-0 flex-1">
                <span className="block font-medium">{t('connections.first_all')}</span>
                <span className="block text-sm text-muted">{t('connections.first_all_why')}</span>
              </span>
              <ArrowRight size={16} aria-hidden className="text-faint group-hover:text-text" />
            </Link>
          </li>
        </ol>
        <Describing className="mt-2" />
      </div>
    </div>
  )
}

function ThisMachine({ connector }: { connector: Connector }) {
  const [, navigate] = useLocation()
  const machine = useConnectMachine((created) => navigate(connectionPath(created)))
  const go = () =>
    machine.mutate(connector, {
      onError: (error) => notify.failed(t('connections.machine_failed'), asProblem(error).message),
    })
  return (
    <section className="flex flex-wrap items-center gap-4 rounded-lg border border-line bg-panel p-4">
      <Laptop size={20} aria-hidden className="text-accent" />
      <div className="min-w-0 flex-1">
        <h3 className="font-medium">{t('connections.machine')}</h3>
        <p className="text-sm text-muted">{t('connections.machine_why')}</p>
      </div>
      <Button look="primary" asksAgent busy={machine.isPending} onClick={go}>
        {t('connections.machine_go')}
      </Button>
    </section>
  )
}
