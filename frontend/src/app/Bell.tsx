import { Popover } from '@base-ui/react/popover'
import { Bell as Icon } from 'lucide-react'
import { useState } from 'react'
import { Link } from 'wouter'
import { isPressing, useAttention } from '@/api/host'
import { asProblem } from '@/api/problem'
import { AttentionLine } from '@/parts/Attention'
import { IconButton } from '@/ui/Button'
import { Sentence } from '@/ui/Text'
import { t } from '@/words'

/** How many items the list of the bell has; Home has all. */
const shown = 6

/** What needs the person, from anywhere: the list of Home, cut short. */
export function Bell() {
  const [open, setOpen] = useState(false)
  const { data, error } = useAttention()
  const items = data ?? []
  const count = items.filter(isPressing).length
  const close = () => setOpen(false)
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger render={<IconButton label={count > 0 ? t('app.bell.label', { count }) : t('app.bell.none')} className="relative" />}>
        <Icon size={16} aria-hidden />
        {count > 0 && (
          <span aria-hidden className="tabular absolute -top-0.5 -right-1 min-w-4 rounded-full bg-bad-soft px-1 text-[0.6875rem] leading-4 font-medium text-bad">
            {count}
          </span>
        )}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner align="end" sideOffset={6} className="z-40">
          <Popover.Popup className="flex max-h-[min(32rem,80dvh)] w-[min(26rem,calc(100vw-1rem))] flex-col rounded-xl bg-panel shadow-pop outline-none">
            <div className="flex items-center justify-between border-b border-line px-4 py-2.5">
              <Popover.Title className="text-sm font-semibold">{t('home.attention.title')}</Popover.Title>
              <Link href="/" onClick={close} className="text-sm text-accent hover:underline">
                {t('app.bell.all')}
              </Link>
            </div>
            {error && !data ? (
              <p className="px-4 py-6 text-sm text-muted">
                <Sentence>{asProblem(error).message}</Sentence>
              </p>
            ) : items.length === 0 ? (
              <p className="px-4 py-6 text-sm text-muted">{t('home.attention.none')}</p>
            ) : (
              <ul className="min-h-0 divide-y divide-line overflow-y-auto">
                {items.slice(0, shown).map((item) => (
                  <li key={item.id}>
                    <AttentionLine item={item} onFollow={close} />
                  </li>
                ))}
                {items.length > shown && (
                  <li className="px-4 py-2.5 text-sm">
                    <Link href="/" onClick={close} className="text-accent hover:underline">
                      {t('app.bell.more', { count: items.length - shown })}
                    </Link>
                  </li>
                )}
              </ul>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}
