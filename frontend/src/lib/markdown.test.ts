import { describe, expect, it } from 'vitest'
import { parseInline, parseMarkdown } from './markdown'

const text = (value: string) => ({ type: 'text', text: value })

describe('parseMarkdown', () => {
  it('joins the lines of a paragraph and splits at a blank one', () => {
    expect(parseMarkdown('one\ntwo\n\nthree')).toEqual([
      { type: 'paragraph', children: [text('one two')] },
      { type: 'paragraph', children: [text('three')] },
    ])
  })

  it('keeps ordered and unordered lists apart, and where numbering starts', () => {
    expect(parseMarkdown('3. a\n4) b\n- c\n* d')).toEqual([
      { type: 'list', ordered: true, start: 3, items: [[text('a')], [text('b')]] },
      { type: 'list', ordered: false, start: 1, items: [[text('c')], [text('d')]] },
    ])
  })

  it('takes an indented line into the item above it', () => {
    expect(parseMarkdown('1. a\n   more')).toEqual([{ type: 'list', ordered: true, start: 1, items: [[text('a'), text(' '), text('more')]] }])
  })

  it('reads Windows line ends', () => {
    expect(parseMarkdown('a\r\n\r\nb')).toHaveLength(2)
  })
})

describe('parseInline', () => {
  it('finds code, bold, italic and links, also inside one another', () => {
    expect(parseInline('**Open `Apps`** in *the* [dashboard](https://example.com/a)')).toEqual([
      { type: 'bold', children: [text('Open '), { type: 'code', text: 'Apps' }] },
      text(' in '),
      { type: 'italic', children: [text('the')] },
      text(' '),
      { type: 'link', href: 'https://example.com/a', children: [text('dashboard')] },
    ])
  })

  it('links a bare address without the full stop after it', () => {
    expect(parseInline('See https://example.com/x.')).toEqual([
      text('See '),
      { type: 'link', href: 'https://example.com/x', children: [text('https://example.com/x')] },
      text('.'),
    ])
  })

  it.each(['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', '/login?token=x'])('never links to %s', (href) => {
    const source = `[x](${href})`
    expect(parseInline(source).every((node) => node.type === 'text')).toBe(true)
  })

  it('leaves markup as the text it is', () => {
    expect(parseInline('<img src=x onerror=alert(1)>')).toEqual([text('<img src=x onerror=alert(1)>')])
  })

  it('does not take a cron expression for italics', () => {
    expect(parseInline('0 * * * *')).toEqual([text('0 * * * *')])
  })
})
