import { Fragment } from 'react'
import { parseInline, parseMarkdown, type Block, type Inline } from '@/lib/markdown'
import { Code, Runs } from './Text'

/** A setup guide's text as React nodes; nothing in it can become markup. */
export function Markdown({ source }: { source: string }) {
  return (
    <div className="space-y-2">
      {parseMarkdown(source).map((block, i) => (
        <BlockNode key={i} block={block} />
      ))}
    </div>
  )
}

export const MarkdownLine = ({ source }: { source: string }) => <Inlines nodes={parseInline(source)} />

function BlockNode({ block }: { block: Block }) {
  if (block.type === 'paragraph') {
    return (
      <p>
        <Inlines nodes={block.children} />
      </p>
    )
  }
  const items = block.items.map((item, i) => (
    <li key={i} className="pl-1">
      <Inlines nodes={item} />
    </li>
  ))
  if (!block.ordered) return <ul className="list-disc space-y-1 pl-5 marker:text-faint">{items}</ul>
  return (
    <ol start={block.start} className="list-decimal space-y-1 pl-5 marker:text-faint">
      {items}
    </ol>
  )
}

function Inlines({ nodes }: { nodes: Inline[] }) {
  return nodes.map((node, i) => (
    <Fragment key={i}>
      <InlineNode node={node} />
    </Fragment>
  ))
}

function InlineNode({ node }: { node: Inline }) {
  switch (node.type) {
    case 'text':
      return <Runs text={node.text} />
    case 'code':
      return <Code text={node.text} />
    case 'bold':
      return (
        <strong className="font-semibold text-text">
          <Inlines nodes={node.children} />
        </strong>
      )
    case 'italic':
      return (
        <em>
          <Inlines nodes={node.children} />
        </em>
      )
    case 'link':
      return (
        <a href={node.href} target="_blank" rel="noreferrer noopener" className="text-accent underline underline-offset-2">
          <Inlines nodes={node.children} />
        </a>
      )
  }
}
