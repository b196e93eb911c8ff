import { useEffect, useRef, useSyncExternalStore } from 'react'
import { actionsOf, isCharacter, keyActions, strokeOf, type KeyAction } from '@/lib/keymap'
import { preferences } from './preferences'

/** What a key does. The answer false means "not now": the key goes on to a component below. */
type Handler = () => unknown
export type KeyHandlers = Partial<Record<KeyAction, Handler | undefined>>

interface Registration {
  handlers: { current: KeyHandlers }
  inDialog: boolean
}

/** The latest is asked first: what is drawn on top of a page is mounted after it. */
let registrations: Registration[] = []
const listeners = new Set<() => void>()
let strokes: string[] = []
let lastAt = 0

/** How long a sequence may take from one stroke to the next, in milliseconds. */
const patience = 1_500

/**
 * Gives keys their meaning while a component is mounted:
 *
 *     useKeys({ next: () => move(1), previous: () => move(-1), sync: can ? sync : undefined })
 *
 * The names and their keys are those of lib/keymap; an action that no entry has gets one there and its
 * words in words/en/app.json under `keys`; then the help lists it on the screens that register it.
 * A key does nothing while the person types, while a menu or a dialog has the focus (unless the component
 * is in that dialog and says inDialog), and, if it is one character, while such keys are turned off.
 * Enter and Space stay with a button that has the focus, Enter with a link.
 */
export function useKeys(handlers: KeyHandlers, { inDialog = false }: { inDialog?: boolean } = {}) {
  const latest = useRef(handlers)
  useEffect(() => {
    latest.current = handlers
  })
  useEffect(() => {
    const registration = { handlers: latest, inDialog }
    registrations = [registration, ...registrations]
    changed()
    return () => {
      registrations = registrations.filter((one) => one !== registration)
      changed()
    }
  }, [inDialog])
}

/** The actions that have a meaning on this screen now. */
export function useKeyActions(): ReadonlySet<KeyAction> {
  const all = useSyncExternalStore(subscribe, () => registrations)
  return new Set(all.flatMap(({ handlers }) => keyActions.filter((action) => handlers.current[action] !== undefined)))
}

function subscribe(listener: () => void) {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}

function changed() {
  if (registrations.length > 0) window.addEventListener('keydown', onKey)
  else window.removeEventListener('keydown', onKey)
  for (const listener of listeners) listener()
}

function onKey(event: KeyboardEvent) {
  if (event.defaultPrevented || event.isComposing) return
  const stroke = strokeOf(event)
  if (!stroke || !isHeard(stroke, event.target)) return
  if (event.timeStamp - lastAt > patience) strokes = []
  lastAt = event.timeStamp
  const found = meaning([...strokes, stroke]) ?? meaning([stroke])
  strokes = found?.begins ? found.strokes : []
  if (!found) return
  const inDialog = isInLayer(event.target)
  for (const { handlers, inDialog: there } of registrations) {
    if (inDialog && !there) continue
    for (const action of found.actions) {
      const handle = handlers.current[action]
      if (!handle || handle() === false) continue
      event.preventDefault()
      return
    }
  }
}

function meaning(pressed: string[]) {
  const { actions, begins } = actionsOf(pressed)
  return actions.length > 0 || begins ? { actions, begins, strokes: pressed } : undefined
}

function isHeard(stroke: string, target: EventTarget | null): boolean {
  if (stroke.startsWith('mod+')) return true
  if (isCharacter(stroke) && preferences.get().singleKeys === 'off') return false
  return !isEditable(target) && !ownedBy(stroke, target)
}

/** Whether a person types text there. */
export function isEditable(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'button', 'submit', 'file', 'color'].includes(target.type)
  return target.isContentEditable || /^(textarea|select)$/i.test(target.tagName)
}

const owners: Record<string, string> = {
  Enter: 'a[href], button, summary, input, [role="button"]',
  Space: 'button, summary, input, [role="button"]',
  ArrowDown: 'input',
  ArrowUp: 'input',
}

/** Whether what has the focus has a use of its own for a key that is no character. */
function ownedBy(stroke: string, target: EventTarget | null): boolean {
  const owner = owners[stroke]
  return owner !== undefined && target instanceof HTMLElement && target.closest(owner) !== null
}

const layers = '[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]'
const isInLayer = (target: EventTarget | null) => target instanceof HTMLElement && target.closest(layers) !== null
