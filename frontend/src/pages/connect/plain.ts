import { statement } from '@/lib/words'

/** A part of a sentence; one with a path is the title of a field of the form. */
export interface Piece {
  text: string
  path?: string
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)

/** A message of the host in which the API's names of fields are the titles of the form: "settings.path" is "File". */
export function inTitles(message: string, titles: ReadonlyMap<string, string>): string {
  const names = [...titles.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(`(?<![\\w."])(${names.map(escaped).join('|')})(?![\\w"])(\\.\\d+)?(?= (?:is|must|has|needs|may|cannot)\\b)`, 'g')
  return names.length === 0 ? message : message.replace(pattern, (_, name: string) => titles.get(name) ?? name)
}

/** A remedy in pieces: a title of a field between double quotes can be led to. */
export function piecesOf(text: string, titles: ReadonlyMap<string, string>): Piece[] {
  const paths = new Map([...titles].map(([path, title]) => [title, path]))
  return text
    .split(/"([^"]+)"/)
    .map((part, i): Piece => {
      if (i % 2 === 0) return { text: part }
      const path = paths.get(part)
      return path ? { text: part, path } : { text: `"${part}"` }
    })
    .filter((piece) => piece.text !== '')
}

/** An error of a field as a sentence that stands alone: "is taken" of Alias is "Alias is taken." */
export function fieldSentence(message: string, title: string): string {
  return statement(/^(is|are|must|has|have|needs|may|cannot|begins)\b/.test(message) ? `${title} ${message}` : message)
}
