import { onSaved } from '@/lib/save'
import { shell } from '@/lib/shell'
import { statement } from '@/lib/words'
import { preferences, type Preferences } from '@/ui/preferences'
import { notify } from '@/ui/Toasts'
import { t } from '@/words'
import { layers } from './layers'

declare global {
  interface Window {
    runtime?: {
      BrowserOpenURL?: (url: string) => void
      EventsOn?: (name: string, listener: (...words: string[]) => void) => void
      ClipboardGetText?: () => Promise<string>
      ClipboardSetText?: (text: string) => Promise<boolean>
    }
  }
}

/** Joins the page with the desktop program around it: its menus and links, its files, and where the window is. */
export function joinWindow(w: Window = window) {
  if (!w.runtime?.EventsOn) return
  w.runtime.EventsOn('menu', (what, word = '') => act(w, what, word))
  w.plumblineSaveFile = (address, name) => said(shell()?.SaveFile?.(address, name))
  onSaved((file) => void said(file))
  keepPlace(w)
  void shell()?.Ready?.().then((route) => route && act(w, 'go', route))
}

/** What a menu of the window, a link or a notice asks of the page. It changes what is shown, or a text being edited. */
function act(w: Window, what: string, word: string) {
  const acts: Record<string, () => unknown> = {
    go: () => (w.location.hash = `#${word}`),
    back: () => w.history.back(),
    forward: () => w.history.forward(),
    palette: () => layers.show('palette'),
    keys: () => layers.show('keys'),
    theme: () => preferences.set({ theme: word as Preferences['theme'] }),
    undo: () => edit(w, 'undo'),
    redo: () => edit(w, 'redo'),
    selectAll: () => edit(w, 'selectAll'),
    copy: () => copy(w),
    cut: () => copy(w, true),
    paste: async () => edit(w, 'insertText', await w.runtime?.ClipboardGetText?.()),
  }
  acts[what]?.()
}

/** The one way to edit a field as the person would, so that undo and the page notice it. */
const edit = (w: Window, command: string, text?: string) => w.document.execCommand(command, false, text)

/** Copies or cuts what is selected, as the key does: of a field that hides its text nothing. A web view may leave that to the program. */
function copy(w: Window, cut = false) {
  const field = w.document.activeElement
  const isField = field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement
  const text = isField ? selectedIn(field) : (w.getSelection()?.toString() ?? '')
  if (text === '' || edit(w, cut ? 'cut' : 'copy')) return
  // The selection goes when the program takes the clipboard.
  if (cut) edit(w, 'delete')
  void w.runtime?.ClipboardSetText?.(text)
}

const selectedIn = (field: HTMLInputElement | HTMLTextAreaElement) =>
  field.type === 'password' ? '' : field.value.slice(field.selectionStart ?? 0, field.selectionEnd ?? 0)

/** Says where a file was saved, or why it was not. */
async function said(file: Promise<string> | undefined): Promise<boolean> {
  try {
    const path = await file
    if (path === undefined) return false
    notify.done(t('app.window.saved', { file: path }))
    return true
  } catch (error) {
    notify.failed(t('app.window.notSaved'), statement(String(error)))
    return false
  }
}

/** Says that the window may have moved, once it has come to rest. */
function keepPlace(w: Window) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const moved = () => {
    clearTimeout(timer)
    timer = setTimeout(() => void shell()?.Moved?.(), 400)
  }
  w.addEventListener('resize', moved)
  w.addEventListener('blur', moved)
}
