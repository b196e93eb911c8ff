import { Fragment } from 'react'
import { keymap, printed, type KeyAction } from '@/lib/keymap'
import { t } from '@/words'

const isMac = /mac|iphone|ipad/i.test(navigator.platform)

/** Keys as they are printed on the keyboard: those of an action, with "or" between its strokes. */
export function Keys({ action }: { action: KeyAction }) {
  return (
    <span className="inline-flex shrink-0 items-center gap-1">
      {keymap[action].keys.map((key, i) => (
        <Fragment key={key}>
          {i > 0 && <span className="text-xs text-faint">{t('ui.keys.or')}</span>}
          {printed(key, isMac).map((part, j) => (
            <kbd key={j} className="inline-flex h-5 min-w-5 items-center justify-center rounded border border-line-strong bg-sunken px-1 font-sans text-xs text-muted">
              {part}
            </kbd>
          ))}
        </Fragment>
      ))}
    </span>
  )
}

/** The keys of an action as text, for a tooltip: "Ctrl K". */
export const keyText = (action: KeyAction) => printed(keymap[action].keys[0], isMac).join(' ')
