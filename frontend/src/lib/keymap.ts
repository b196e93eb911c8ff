/** Where the help lists a key. */
export type KeyGroup = 'anywhere' | 'go' | 'list' | 'connection' | 'run' | 'account'

interface KeyEntry {
  /** Strokes that do the same; a space separates the strokes of a sequence. `mod` is Ctrl, on a Mac the command key. */
  keys: readonly string[]
  group: KeyGroup
}

/**
 * Every key of the product, by what it does. It is the one table: ui/useKeys registers from it
 * and the help lists it. Two entries may have the same key when no screen uses both.
 */
export const keymap = {
  palette: { keys: ['mod+k'], group: 'anywhere' },
  search: { keys: ['/'], group: 'anywhere' },
  help: { keys: ['?'], group: 'anywhere' },
  back: { keys: ['Escape'], group: 'anywhere' },
  go_home: { keys: ['g h'], group: 'go' },
  go_connections: { keys: ['g c'], group: 'go' },
  go_accounts: { keys: ['g a'], group: 'go' },
  go_people: { keys: ['g p'], group: 'go' },
  go_insights: { keys: ['g i'], group: 'go' },
  go_tests: { keys: ['g t'], group: 'go' },
  go_controls: { keys: ['g o'], group: 'go' },
  go_evidence: { keys: ['g e'], group: 'go' },
  go_changes: { keys: ['g d'], group: 'go' },
  go_activity: { keys: ['g l'], group: 'go' },
  go_settings: { keys: ['g s'], group: 'go' },
  next: { keys: ['j', 'ArrowDown'], group: 'list' },
  previous: { keys: ['k', 'ArrowUp'], group: 'list' },
  open: { keys: ['Enter'], group: 'list' },
  peek: { keys: ['Space'], group: 'list' },
  select: { keys: ['x'], group: 'list' },
  select_to: { keys: ['X'], group: 'list' },
  export: { keys: ['e'], group: 'list' },
  show_new: { keys: ['.'], group: 'list' },
  sync: { keys: ['s'], group: 'connection' },
  pause: { keys: ['p'], group: 'connection' },
  tab_1: { keys: ['1'], group: 'connection' },
  tab_2: { keys: ['2'], group: 'connection' },
  tab_3: { keys: ['3'], group: 'connection' },
  tab_4: { keys: ['4'], group: 'connection' },
  tab_5: { keys: ['5'], group: 'connection' },
  tab_6: { keys: ['6'], group: 'connection' },
  older_run: { keys: ['['], group: 'run' },
  newer_run: { keys: [']'], group: 'run' },
  next_match: { keys: ['n'], group: 'run' },
  previous_match: { keys: ['N'], group: 'run' },
  follow: { keys: ['f'], group: 'run' },
  link: { keys: ['l'], group: 'account' },
  unlink: { keys: ['u'], group: 'account' },
  in_scope: { keys: ['i'], group: 'account' },
  mark_service: { keys: ['m'], group: 'account' },
} as const satisfies Record<string, KeyEntry>

export type KeyAction = keyof typeof keymap

export const keyActions = Object.keys(keymap) as KeyAction[]

/** What a key event says of its key. */
export interface Stroke {
  key: string
  ctrlKey: boolean
  metaKey: boolean
  altKey: boolean
}

/** The name of a stroke as keymap writes it; '' for one that no entry could mean. */
export function strokeOf({ key, ctrlKey, metaKey, altKey }: Stroke): string {
  const name = key === ' ' ? 'Space' : key
  if (altKey) return ''
  return ctrlKey || metaKey ? `mod+${name.toLowerCase()}` : name
}

/** Whether a stroke is one printable character, which people who speak to their computer press without meaning to. */
export const isCharacter = (stroke: string) => [...stroke].length === 1

/** The actions that the strokes pressed last mean, and whether they begin a longer sequence. */
export function actionsOf(strokes: readonly string[], map: Record<string, KeyEntry> = keymap): { actions: KeyAction[]; begins: boolean } {
  const pressed = strokes.join(' ')
  const all = Object.entries(map)
  return {
    actions: all.filter(([, { keys }]) => keys.includes(pressed)).map(([action]) => action as KeyAction),
    begins: all.some(([, { keys }]) => keys.some((key) => key.startsWith(`${pressed} `))),
  }
}

/** A key as it is printed on a keyboard: "mod+k" is "⌘ K" on a Mac and "Ctrl K" elsewhere. */
export function printed(key: string, isMac: boolean): string[] {
  const names: Record<string, string> = { mod: isMac ? '⌘' : 'Ctrl', Escape: 'Esc', ArrowDown: '↓', ArrowUp: '↑' }
  return key.split(/[ +]/).map((part) => {
    if (part.length === 1 && part !== part.toLowerCase()) return `Shift ${part}`
    return names[part] ?? (part.length === 1 ? part.toUpperCase() : part)
  })
}
