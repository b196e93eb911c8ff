/** What the desktop program offers to its window. A browser has none of it. */
interface Shell {
  ChooseFile?: (title: string) => Promise<string>
}

/** The system's dialog for a file, which answers '' when it is closed without one; undefined in a browser. */
export function chooseFile(): ((title: string) => Promise<string>) | undefined {
  const { go } = globalThis as { go?: { main?: { Shell?: Shell } } }
  return go?.main?.Shell?.ChooseFile
}
