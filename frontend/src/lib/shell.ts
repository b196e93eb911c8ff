/** Whether the system runs the agent while the window is closed, as the desktop program says it. */
export interface Background {
  name: string
  file?: string
  installed: boolean
  running: boolean
  note?: string
  /** What was changed just now. */
  did: string[]
  problem?: string
  remedy?: string
}

/** What the desktop program offers to its window. A browser has none of it. */
export interface Shell {
  /** The page listens to the program now; answers with where a link led before that, or ''. */
  Ready: () => Promise<string>
  /** The system's dialog for a file, which answers '' when it is closed without one. */
  ChooseFile: (title: string) => Promise<string>
  /** Saves what the API answers at an address in the folder of downloads, and answers with the file. */
  SaveFile: (address: string, name: string) => Promise<string>
  SaveText: (name: string, text: string) => Promise<string>
  Background: () => Promise<Background>
  SetBackground: (on: boolean) => Promise<Background>
  /** The window may have another size or place. */
  Moved: () => Promise<void>
}

/** The desktop program around this page; undefined in a browser. */
export function shell(): Partial<Shell> | undefined {
  const { go } = globalThis as { go?: { main?: { Shell?: Partial<Shell> } } }
  return go?.main?.Shell
}

/** The system's dialog for a file, which answers '' when it is closed without one; undefined in a browser. */
export const chooseFile = (): ((title: string) => Promise<string>) | undefined => shell()?.ChooseFile
