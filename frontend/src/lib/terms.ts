/** One word of a query: a text, or a key with a value. A dash before it means without it. */
export interface Term {
  not: boolean
  key: string
  value: string
}

/** Splits a query at its spaces, but not within double quotes. */
function wordsOf(query: string): string[] {
  return (query.match(/(?:"[^"]*"?|[^\s"])+/g) ?? []).map((word) => word.replaceAll('"', ''))
}

/** A text made comparable: in lower case, without accents, with spaces for dashes and underscores. */
export const plain = (text: string) =>
  text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase().replace(/[_-]+/g, ' ').trim()

/** Reads a query such as `okta category:identity -provides:device`. What is no key is a text. */
export function termsOf(query: string, keys: readonly string[]): Term[] {
  return wordsOf(query)
    .map((word): Term => {
      const not = word.length > 1 && word.startsWith('-')
      const rest = not ? word.slice(1) : word
      const colon = rest.indexOf(':')
      const key = rest.slice(0, Math.max(colon, 0)).toLowerCase()
      if (keys.includes(key)) return { not, key, value: plain(rest.slice(colon + 1)) }
      return { not, key: '', value: plain(rest) }
    })
    .filter(({ value }) => value !== '')
}
