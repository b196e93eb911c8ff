import i18next from 'i18next'
import { visible } from '@/lib/visible'
import type { en } from './en'
import { first } from './first'
import { pseudo, type Words } from './pseudo'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words'
    resources: { words: typeof en }
  }
}

/** The key under which a browser keeps the language that a person chose. */
const chosen = 'plumbline.language'

/** Languages that there is a catalogue for; each gives an object of its own, to which i18next adds. en-XA is for tests alone. */
const catalogues = { en: (words: Words): Words => ({ ...words }), 'en-XA': pseudo }
type Language = keyof typeof catalogues

/** The languages to choose from; the one for tests only where it is chosen already. */
export const languages: Language[] = ['en']

function language(): Language {
  const stored = globalThis.localStorage?.getItem(chosen) ?? 'en'
  return stored in catalogues ? (stored as Language) : 'en'
}

const current = language()
if (current !== 'en') languages.push(current)
const words = i18next.createInstance()
void words.init({
  lng: current,
  defaultNS: 'words',
  resources: { [current]: { words: catalogues[current](first) } },
  initAsync: false, // the words of the first load are here already
  // React escapes markup. What a value hides from sight gets a sign.
  interpolation: { escapeValue: true, escape: (value: string) => visible(value, Infinity, { lines: true }) },
  returnEmptyString: false,
})
if (globalThis.document) document.documentElement.lang = current

/** Adds the words of a part of the catalogue that is not in the first load. */
export function addWords(part: Words) {
  words.addResourceBundle(current, 'words', catalogues[current](part), true)
}

/** A text of the catalogue: t('record.title', { name }). With count it takes the plural form of the language. */
export const t = words.t
