declare global {
  interface Window {
    /** What the desktop window can do with a file; a browser saves it by itself. */
    plumblineSaveFile?: (path: string, name: string) => Promise<boolean>
  }
}

/** Offers a file of the agent for saving: to the desktop window's own dialog where there is one, else as a download of the browser. */
export function offerFile(path: string, name: string, w: Window = window): void {
  if (w.plumblineSaveFile) {
    void w.plumblineSaveFile(path, name)
    return
  }
  const link = w.document.createElement('a')
  link.href = path
  link.download = name
  w.document.body.append(link)
  link.click()
  link.remove()
}
