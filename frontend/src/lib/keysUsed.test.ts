import { describe, expect, it } from 'vitest'
import { keyActions, keymap } from './keymap'

const sources = import.meta.glob<string>(['../app/**/*.{ts,tsx}', '../pages/**/*.{ts,tsx}', '../parts/**/*.{ts,tsx}', '../ui/**/*.{ts,tsx}', '!../**/*.test.{ts,tsx}'], {
  query: '?raw',
  import: 'default',
  eager: true
})

describe('every key of the table', () => {
  it('does something on a screen: the help lists no other', () => {
    const code = Object.values(sources).join('\n')
    const registered = (action: string) => new RegExp(`\\b${action}(: |,)|key: '${action}'`).test(code)
    expect(keyActions.filter((action) => !registered(action))).toEqual([])
    expect(Object.keys(keymap).length).toBeGreaterThan(20)
  })
})
