export type Inline =
  | { type: 'text'; text: string }
  | { type: 'code'; text: string }
  | { type: 'bold' | 'italic'; children: Inline[] }
  | { type: 'link'; href: string; children: Inline[] }

export type Block =
  | { type: 'paragraph'; children: Inline[] }
  | { type: 'list'; ordered: boolean; start: number; items: Inline[][] }

const bullet = /^\s*[-*]\s+(.*)$/
const numbered = /^\s*(\d{1,4})[.)]\s+(.*)$/

/**
 * Reads the part of Markdown that setup guides use: paragraphs, lists, bold,
 * italic, code and links. Everything else stays the text it is, markup included, so a
 * connector's words can never become elements of the page.
 */
export function parseMarkdown(source: string): Block[] {
  const blocks: Block[] = []
  let paragraph: string[] = []
  const close = () => {
    if (paragraph.length > 0) blocks.push({ type: 'paragraph', children: parseInline(paragraph.join(' ')) })
    paragraph = []
  }
  for (const line of source.replaceAll('\r\n', '\n').split('\n')) {
    const item = listItem(line)
    if (item) {
      close()
      addItem(blocks, item)
    } else if (line.trim() === '') {
      close()
    } else if (/^\s{2,}\S/.test(line) && paragraph.length === 0 && continueItem(blocks, line.trim())) {
      continue
    } else {
      paragraph.push(line.trim())
    }
  }
  close()
  return blocks
}

interface Item {
  ordered: boolean
  start: number
  text: string
}

function listItem(line: string): Item | undefined {
  const n = numbered.exec(line)
  if (n) return { ordered: true, start: Number(n[1]), text: n[2] ?? '' }
  const b = bullet.exec(line)
  return b ? { ordered: false, start: 1, text: b[1] ?? '' } : undefined
}

function addItem(blocks: Block[], item: Item) {
  const last = blocks.at(-1)
  if (last?.type === 'list' && last.ordered === item.ordered) last.items.push(parseInline(item.text))
  else blocks.push({ type: 'list', ordered: item.ordered, start: item.start, items: [parseInline(item.text)] })
}

function continueItem(blocks: Block[], text: string): boolean {
  const last = blocks.at(-1)
  if (last?.type !== 'list') return false
  last.items.at(-1)?.push({ type: 'text', text: ' ' }, ...parseInline(text))
  return true
}

const inline = /`([^`]+)`|\*\*(.+?)\*\*|\*([^*\s](?:[^*]*[^*\s])?)\*|\[([^\]]+)\]\(([^)\s]+)\)|<?(https?:\/\/[^\s<>)]+[^\s<>).,;:!?])>?/

export function parseInline(text: string): Inline[] {
  const out: Inline[] = []
  let rest = text
  for (let m = inline.exec(rest); m; m = inline.exec(rest)) {
    if (m.index > 0) out.push({ type: 'text', text: rest.slice(0, m.index) })
    out.push(token(m))
    rest = rest.slice(m.index + m[0].length)
  }
  if (rest) out.push({ type: 'text', text: rest })
  return out
}

function token([whole, code, bold, italic, label, href, bare]: RegExpExecArray): Inline {
  if (code !== undefined) return { type: 'code', text: code }
  if (bold !== undefined) return { type: 'bold', children: parseInline(bold) }
  if (italic !== undefined) return { type: 'italic', children: parseInline(italic) }
  if (bare !== undefined) return { type: 'link', href: bare, children: [{ type: 'text', text: bare }] }
  if (label !== undefined && href !== undefined && isSafe(href)) return { type: 'link', href, children: parseInline(label) }
  return { type: 'text', text: whole }
}

const isSafe = (href: string) => /^(https?:\/\/|mailto:)/i.test(href)
