import { ArrowUp } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { ConnectionFilter } from '@/api/endpoints'
import type { ConnectionItem, ConnectionPage } from '@/api/types'
import { isSettled, type Settled } from '@/lib/settle'
import { announce } from '@/ui/Announce'
import { useKeys } from '@/ui/useKeys'
import type { Url } from '@/ui/useUrl'
import { t } from '@/words'
import { BulkBar } from './BulkBar'
import { ConnectionTable } from './ConnectionTable'
import { useBulk, type Bulk } from './useBulk'
import { useSelection, type Selection } from './useSelection'
import { useSettled } from './useSettled'

interface Props {
  page: ConnectionPage
  /** When the page was answered. */
  at: number
  isPlaceholder: boolean
  isFetching: boolean
  filter: ConnectionFilter
  url: Url
  titles: ReadonlyMap<string, string>
}

/** The rows of one page: they keep their places while they change, and can be selected. */
export function ConnectionList({ page, at, isPlaceholder, isFetching, filter, url, titles }: Props) {
  const { rows, settled, show } = useSettled(JSON.stringify(filter), { items: page.items, at, isPlaceholder, isFetching })
  const items = rows.map((row) => row.item)
  const selection = useSelection(items)
  const bulk = useBulk()
  const box = useRef<HTMLDivElement>(null)
  const fresh = !isPlaceholder && !isSettled(settled)
  useRowKeys(box, items, selection, bulk, fresh ? show : undefined)
  const told = fresh ? noticeOf(settled) : ''

  useEffect(() => {
    if (!told) return
    const timer = setTimeout(() => announce(told), 2_000) // a burst of changes is told once
    return () => clearTimeout(timer)
  }, [told])

  return (
    <div ref={box} className="relative">
      {fresh && (
        <div className="pointer-events-none sticky top-14 z-10 flex h-0 justify-center overflow-visible">
          <button
            type="button"
            aria-keyshortcuts="."
            onClick={show}
            className="pointer-events-auto mt-1 inline-flex h-7 items-center gap-1.5 rounded-full bg-accent-solid px-3 text-sm font-medium text-on-accent shadow-pop hover:bg-accent-hover"
          >
            <ArrowUp size={14} aria-hidden />
            {told}
          </button>
        </div>
      )}
      <ConnectionTable rows={rows} bulk={bulk} selection={selection} url={url} titles={titles} facets={page.facets} />
      <BulkBar bulk={bulk} selection={selection} filter={filter} matched={page.matched} owners={ownersOf(page)} />
    </div>
  )
}

const ownersOf = (page: ConnectionPage) =>
  (page.facets?.find((f) => f.name === 'owner')?.values ?? []).map((v) => v.value).filter((owner) => owner !== 'none')

/** What waits to be shown, in a few words. */
export function noticeOf({ added, gone }: Settled): string {
  if (added > 0) return t('connections.new_show', { count: added })
  return gone > 0 ? t('connections.left_show', { count: gone }) : t('connections.changed_show')
}

/** The keys of the list: j and k go from row to row, x selects, s syncs, a full stop shows what is new. */
function useRowKeys(box: React.RefObject<HTMLDivElement | null>, items: ConnectionItem[], selection: Selection, bulk: Bulk, show: (() => void) | undefined) {
  const links = () => [...(box.current?.querySelectorAll<HTMLElement>('[data-row-link]') ?? [])]
  const at = () => links().findIndex((link) => link.closest('tbody')?.contains(document.activeElement))
  const focused = () => items[at()]
  const go = (step: number) => {
    const all = links()
    const next = all[Math.max(0, Math.min(all.length - 1, at() + (at() < 0 && step < 0 ? 0 : step)))]
    next?.focus()
  }
  const withFocused = (work: (item: ConnectionItem) => void) => () => {
    const item = focused()
    if (!item) return false
    work(item)
    return true
  }
  useKeys({
    next: () => go(1),
    previous: () => go(-1),
    select: withFocused((item) => selection.toggle(item)),
    select_to: withFocused((item) => selection.extend(item)),
    sync: withFocused((item) => item.activity === 'idle' && void bulk.begin({ kind: 'sync' }, [item])),
    pause: withFocused((item) => void bulk.begin({ kind: item.paused ? 'resume' : 'pause' }, [item])),
    show_new: show,
  })
}
