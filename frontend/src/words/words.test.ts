import { describe, expect, it } from 'vitest'
import { en } from './en'
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
