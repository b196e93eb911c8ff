import { describe, expect, it } from 'vitest'
import { runsOf, visible } from './visible'

describe('visible', () => {
  it.each([
    ['right-to-left override', 'ann\u202Egpj.exe', 'ann‹U+202E›gpj.exe'],
    ['left-to-right isolate', 'emp-1\u2066', 'emp-1‹U+2066›'],
    ['zero-width space', 'ad\u200Bmin', 'ad‹U+200B›min'],
    ['escape', '\u001B[31mred\u001B[0m', '‹U+001B›[31mred‹U+001B›[0m'],
    ['a C1 control', 'a\u009B31mb', 'a‹U+009B›31mb'],
    ['null and delete', 'a\u0000b\u007F', 'a‹U+0000›b‹U+007F›'],
    ['byte order mark', '\uFEFFid', '‹U+FEFF›id'],
    ['soft hyphen', 'ad\u00ADmin', 'ad‹U+00AD›min'],
    ['tag characters', 'a\u{E0041}', 'a‹U+E0041›'],
    ['a blank that is a letter', '\u3164\u2800', '‹U+3164›‹U+2800›'],
    ['half a surrogate pair', 'a\uD800b', 'a‹U+D800›b'],
    ['line ends and tabs', 'a\nb\r\nc\td', 'a‹↵›b‹␍›‹↵›c‹⇥›d'],
    ['line separator', 'a\u2028b', 'a‹U+2028›b'],
    ['a joiner between Latin letters', 'ad\u200Dmin', 'ad‹U+200D›min'],
  ])('shows %s', (_, text, shown) => {
    expect(visible(text)).toBe(shown)
  })

  it.each([
    ['plain text', 'Ann Berg <ann@example.com>'],
    ['nothing', ''],
    ['other scripts', 'Ønsker, Łukasz, 山田, שלום, محمد'],
    ['an emoji of several', '👩\u200D💻 ❤\uFE0F 1\uFE0F\u20E3 👍🏽'],
    ['Persian and Hindi joiners', 'می\u200Cخواهم, क्\u200Dष'],
    ['an Arabic number sign', '\u0600١٢'],
  ])('leaves %s alone', (_, text) => {
    expect(visible(text)).toBe(text)
  })

  it('keeps the lines of a text that has lines', () => {
    expect(visible('a\r\n\tb\rc\u001B', Infinity, { lines: true })).toBe('a\r\n\tb‹␍›c‹U+001B›')
  })

  it('cuts what is too long to read', () => {
    expect(visible('x'.repeat(100_000), 5)).toBe('xxxxx…')
  })

  it('names what it found', () => {
    expect(runsOf('a\u202Eb\u{E0001}')).toEqual([
      { text: 'a' },
      { text: 'U+202E', hidden: 'right-to-left override' },
      { text: 'b' },
      { text: 'U+E0001', hidden: 'hidden character' },
    ])
  })
})
