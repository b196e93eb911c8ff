/** What a catalogue holds: texts, and groups of texts. */
export interface Words {
  [key: string]: string | Words
}

const accents: Record<string, string> = { a: 'á', e: 'é', i: 'í', o: 'ó', u: 'ú', A: 'Á', E: 'É', I: 'Í', O: 'Ó', U: 'Ú' }

/**
 * A language that no one speaks, for tests: each text is in brackets and has accents, and is longer, as German is.
 * A text without brackets on a screen did not come from the catalogue; a bracket that is cut off did not fit.
 */
export function pseudo(words: Words): Words {
  return Object.fromEntries(
    Object.entries(words).map(([key, value]) => [key, typeof value === 'string' ? strange(value) : pseudo(value)]),
  )
}

/** What stands in {{braces}} is put in at run time, and stays. */
function strange(text: string): string {
  const parts = text.split(/(\{\{[^}]*\}\})/)
  const accented = parts.map((part) => (part.startsWith('{{') ? part : part.replace(/[aeiou]/gi, (letter) => accents[letter] ?? letter)))
  return `⟦${accented.join('')}${'·'.repeat(Math.ceil(text.length / 4))}⟧`
}
