import type { Field, Values } from './schemaForm'

export interface Place {
  /** What is reached: a host, or a file. */
  text: string
  /** Title of the setting that names it. */
  setting?: string
  /** The setting is not filled in yet, so text says what it will be. */
  open?: boolean
}

/** A declared host or path for people. {setting} stands for what is entered there. */
export function placeOf(declared: string, what: 'host' | 'file', fields: readonly Field[], values: Values = {}): Place {
  const name = /^\{(.+)\}$/.exec(declared)?.[1]
  if (!name) return { text: declared }
  const field = fields.find((f) => f.name === name)
  const setting = field?.title ?? name
  const value = field && values[field.path]
  const entered = typeof value === 'string' ? value.trim() : ''
  if (!entered) return { text: `the ${what} you enter under ${setting}`, setting, open: true }
  return { text: what === 'host' ? hostOf(entered) : entered, setting }
}

/** The host of a typed address: "https://acme.example/x" is acme.example. */
function hostOf(typed: string): string {
  const [first = typed] = typed.split(/[\s,]+/)
  return /^[a-z][a-z0-9+.-]*:\/\/(?:[^/@]*@)?(\[[^\]]*\]|[^/:?#]*)/i.exec(first)?.[1] ?? first.replace(/[:/].*$/, '')
}
