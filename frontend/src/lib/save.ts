import { shell } from './shell'

const savedText = (name: string, parts: string[]) => shell()?.SaveText?.(name, parts.join(''))

/** Hands a text to the person as a file: the desktop window saves it, a browser downloads it. */
export function saveText(name: string, type: string, parts: string[]) {
  const saved = savedText(name, parts)
  if (saved) {
    announceSaved(saved)
    return
  }
  const address = URL.createObjectURL(new Blob(parts, { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 10_000)
}

type Told = (file: Promise<string>) => void
let announceSaved: Told = (file) => void file

/** What says where the desktop window saved a file. */
export function onSaved(tell: Told) {
  announceSaved = tell
}
