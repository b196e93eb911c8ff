import i18next from 'i18next'
import { visible } from '@/lib/visible'
import { en } from './en'
import { pseudo } from './pseudo'

declare module 'i18next' {
  interface CustomTypeOptions {
    defaultNS: 'words'
    resources: { words: typeof en }
  }
}

/** The key under which a browser keeps the language that a person chose. */
const chosen = 'plumbline.language'

/** Languages that there is a catalogue for. en-XA is for tests alone. */
const catalogues = { en: () => en, 'en-XA': () => pseudo(en) }
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
  resources: { [current]: { words: catalogues[current]() } },
  initAsync: false, // every text is here already
  // React escapes markup. What a value hides from sight gets a sign.
  interpolation: { escapeValue: true, escape: (value: string) => visible(value, Infinity, { lines: true }) },
  returnEmptyString: false,
})
if (globalThis.document) document.documentElement.lang = current

/** A text of the catalogue: t('record.title', { name }). With count it takes the plural form of the language. */
export const t = words.t
