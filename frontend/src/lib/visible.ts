/**
 * Characters that are not drawn, or that change the order of those beside them: controls (ESC and the other
 * C0, C1), directional marks, zero-width characters, line separators, halves of surrogate pairs.
 */
const hidden = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}\u2800]/u
const each = new RegExp(hidden, 'gu')

/** Signs that Unicode counts as format characters and that are drawn all the same. */
const drawn = /[\u0600-\u0605\u06DD\u070F\u0890\u0891\u08E2\u{110BD}\u{110CD}]/u
const joining =
  /[\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Gurmukhi}\p{Script=Gujarati}\p{Script=Oriya}\p{Script=Tamil}\p{Script=Telugu}\p{Script=Kannada}\p{Script=Malayalam}\p{Script=Sinhala}\p{Script=Mongolian}\p{M}]/u
const emoji = /[\p{Extended_Pictographic}\p{Emoji_Modifier}\uFE0F]/u

const names = new Map([
  [0x00, 'null'],
  [0x07, 'bell'],
  [0x08, 'backspace'],
  [0x1b, 'escape'],
  [0x7f, 'delete'],
  [0x9b, 'control sequence introducer'],
  [0x9d, 'operating system command'],
  [0xad, 'soft hyphen'],
  [0x61c, 'Arabic letter mark'],
  [0x200b, 'zero-width space'],
  [0x200c, 'zero-width non-joiner'],
  [0x200d, 'zero-width joiner'],
  [0x200e, 'left-to-right mark'],
  [0x200f, 'right-to-left mark'],
  [0x202a, 'left-to-right embedding'],
  [0x202b, 'right-to-left embedding'],
  [0x202c, 'pop directional formatting'],
  [0x202d, 'left-to-right override'],
  [0x202e, 'right-to-left override'],
  [0x2060, 'word joiner'],
  [0x2066, 'left-to-right isolate'],
  [0x2067, 'right-to-left isolate'],
  [0x2068, 'first strong isolate'],
  [0x2069, 'pop directional isolate'],
  [0xfeff, 'byte order mark'],
])

export interface Run {
  text: string
  /** Set on a hidden character: what it is called. text is its sign then. */
  hidden?: string
}

export interface Reading {
  /** Line ends and tabs are layout, as in the detail of an error; otherwise they have a sign, too. */
  lines?: boolean
}

/** Splits a text of a vendor or a connector into what is drawn as it is and what needs a sign to be seen. */
export function runsOf(text: string, { lines = false }: Reading = {}): Run[] {
  if (!hidden.test(text)) return text === '' ? [] : [{ text }]
  const runs: Run[] = []
  let from = 0
  for (const match of text.matchAll(each)) {
    const [char] = match
    const end = match.index + char.length
    if (isInnocent(char, text.slice(0, match.index), text.slice(end), lines)) continue
    if (match.index > from) runs.push({ text: text.slice(from, match.index) })
    runs.push(signOf(char))
    from = end
  }
  if (from < text.length) runs.push({ text: text.slice(from) })
  return runs
}

/** The same as one string, for titles, labels and the clipboard; at most max characters of the text. */
export function visible(text: string, max = Infinity, reading?: Reading): string {
  const kept = text.length > max ? `${text.slice(0, max)}…` : text
  return runsOf(kept, reading)
    .map((run) => (run.hidden ? `‹${run.text}›` : run.text))
    .join('')
}

function isInnocent(char: string, before: string, after: string, lines: boolean): boolean {
  if (drawn.test(char)) return true
  if (lines && (char === '\n' || char === '\t' || (char === '\r' && after.startsWith('\n')))) return true
  const last = lastOf(before)
  if (char === '\uFE0F' || char === '\uFE0E') return emoji.test(last) || after.startsWith('\u20E3')
  if (char === '\u200D' && emoji.test(last)) return emoji.test(firstOf(after))
  return (char === '\u200D' || char === '\u200C') && joining.test(last) && joining.test(firstOf(after))
}

const firstOf = (text: string) => String.fromCodePoint(text.codePointAt(0) ?? 0x20)
const lastOf = (text: string) => /.$/su.exec(text.slice(-2))?.[0] ?? ' '

function signOf(char: string): Run {
  if (char === '\n') return { text: '↵', hidden: 'line feed' }
  if (char === '\r') return { text: '␍', hidden: 'carriage return' }
  if (char === '\t') return { text: '⇥', hidden: 'tab' }
  const code = char.codePointAt(0) ?? 0
  return { text: `U+${code.toString(16).toUpperCase().padStart(4, '0')}`, hidden: names.get(code) ?? 'hidden character' }
}
