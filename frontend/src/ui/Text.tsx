import { Fragment } from 'react'
import { runsOf } from '@/lib/visible'
import { t } from '@/words'

interface Props {
  children: string | null | undefined
  /** Line ends and tabs are layout here. */
  lines?: boolean
}

/**
 * A text that a vendor, a connector or a file supplied. A character that could hide or disguise something
 * is drawn as a sign, and its direction changes nothing around it.
 */
export function Text({ children, lines = false }: Props) {
  if (!children) return null
  return (
    <bdi>
      <Runs text={children} lines={lines} />
    </bdi>
  )
}

/** A sentence for a person, in which a command stands between backticks. */
export function Sentence({ children }: { children: string | null | undefined }) {
  if (!children) return null
  return (
    <bdi>
      {children.split(/`([^`]+)`/).map((part, i) => (
        <Fragment key={i}>{i % 2 === 1 ? <Code text={part} /> : <Runs text={part} />}</Fragment>
      ))}
    </bdi>
  )
}

export function Code({ text }: { text: string }) {
  return (
    <code className="rounded bg-sunken px-1 py-0.5 font-mono text-[0.8125em] text-text">
      <Runs text={text} />
    </code>
  )
}

export function Runs({ text, lines = false }: { text: string; lines?: boolean }) {
  return runsOf(text, { lines }).map((run, i) => (
    <Fragment key={i}>{run.hidden ? <Sign code={run.text} name={run.hidden} /> : run.text}</Fragment>
  ))
}

function Sign({ code, name }: { code: string; name: string }) {
  return (
    <span
      title={t('ui.hiddenCharacter', { name })}
      data-hidden={code}
      className="mx-px rounded-sm bg-warn-soft px-0.5 font-mono text-[0.85em] font-medium text-warn"
    >
      {code}
    </span>
  )
}
