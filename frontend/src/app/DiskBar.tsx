import { useQuery } from '@tanstack/react-query'
import { useEffect } from 'react'
import { getStatus } from '@/api/endpoints'
import { keys } from '@/api/keys'
import { announce } from '@/ui/Announce'
import { Time } from '@/ui/Time'
import { t } from '@/words'

/** While it lasts the figures are fetched anew: nothing says how the disk fills or empties. */
const figuresEvery = 10_000

/** Says that nothing is written, how much room is missing and what to do. */
export function DiskBar() {
  const { data } = useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => getStatus(signal),
    refetchInterval: (query) => (query.state.data?.disk.paused ? figuresEvery : false),
  })
  const disk = data?.disk
  const paused = disk?.paused ?? false
  useEffect(() => {
    if (paused) announce(t('app.disk.said'))
  }, [paused])
  if (!disk?.paused) return null
  return (
    <section aria-label={t('app.disk.label')} className="flex flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-bad-soft px-4 py-2 text-sm md:px-8">
      <p className="text-bad">
        <strong className="font-semibold">{disk.message}</strong> {disk.remedy}
      </p>
      {disk.since && (
        <span className="tabular ml-auto text-xs text-bad">
          {t('app.disk.paused')} <Time at={disk.since} />
        </span>
      )}
    </section>
  )
}
