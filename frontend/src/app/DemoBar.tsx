import { useQuery } from '@tanstack/react-query'
import { Theater } from 'lucide-react'
import { getStatus } from '@/api/endpoints'
import { keys } from '@/api/keys'

/** Says on every screen of a demo that the company does not exist. */
export function DemoBar() {
  const { data } = useQuery({ queryKey: keys.status, queryFn: ({ signal }) => getStatus(signal) })
  if (!data?.demo) return null
  return (
    <section aria-label="Demo" className="border-b border-line bg-accent-soft px-4 py-2 text-sm md:px-8">
      <p className="flex items-start gap-2">
        <Theater size={16} aria-hidden className="mt-0.5 shrink-0" />
        <span>
          <strong className="font-semibold">Demo.</strong> This company does not exist. Simulated vendors on this machine answer its connectors.
        </span>
      </p>
    </section>
  )
}
