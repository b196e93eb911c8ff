import { describe, expect, it } from 'vitest'
import { en } from './en'
import { first } from './first'
import { pseudo, type Words } from './pseudo'

/** Every text with its path. */
function texts(words: Words, path = ''): [string, string][] {
  return Object.entries(words).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[path + key, value]] : texts(value, `${path}${key}.`),
  )
}

describe('the catalogue', () => {
  it('has no empty text, and no space at an end, since sentences are not put together', () => {
    for (const [path, text] of texts(en)) expect(text, path).toMatch(/^\S(.*\S)?$/s)
  })

  it('has both forms of what is counted', () => {
    const paths = new Set(texts(en).map(([path]) => path))
    for (const path of paths) {
      if (path.endsWith('_one')) expect(paths, path).toContain(path.replace(/_one$/, '_other'))
      if (path.endsWith('_other')) expect(paths, path).toContain(path.replace(/_other$/, '_one'))
    }
  })
})

describe('the language for tests', () => {
  it('marks a text and keeps what is put into it', () => {
    expect(pseudo({ a: { b: 'Read {{count}} of {{name}}' } })).toEqual({ a: { b: '⟦Réád {{count}} óf {{name}}·······⟧' } })
  })
})

/** Files with the programs in them, by their path from src. */
const programs = import.meta.glob<string>('/src/**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true })

/** The file that an import names; undefined for a package or a type alone. */
function fileOf(from: string, named: string): string | undefined {
  const base = named.startsWith('@/') ? `/src/${named.slice(2)}` : named.startsWith('.') ? new URL(named, `file://${from}`).pathname : ''
  return ['', '.ts', '.tsx', '/index.ts'].map((end) => base + end).find((path) => path in programs)
}

/** Every file that the first load brings: what main.tsx imports, but for what is imported when it is asked for. */
function firstLoad(path = '/src/main.tsx', seen = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen
  seen.add(path)
  for (const [, named = ''] of (programs[path] ?? '').matchAll(/^(?:import|export) (?!type)(?:[^'"]*? from )?['"]([^'"]+)['"]/gm)) {
    const file = fileOf(path, named)
    if (file) firstLoad(file, seen)
  }
  return seen
}

describe('the first load', () => {
  it('says nothing whose words come later', () => {
    const files = [...firstLoad()]
    expect(files.length).toBeGreaterThan(40)
    const said = files.flatMap((file) => [...(programs[file] ?? '').matchAll(/^(?! *(?:\*|\/\*)).*\bt\(['"`](\w+)\./gm)].map(([, part]) => `${file}: ${part}`))
    expect(said.length).toBeGreaterThan(40)
    expect(said.filter((one) => !((one.split(': ')[1] ?? '') in first))).toEqual([])
  })
})
