import { describe, expect, it } from 'vitest'
import { actionsOf, isCharacter, keymap, printed, strokeOf } from './keymap'

const stroke = (key: string, held: object = {}) => strokeOf({ key, ctrlKey: false, metaKey: false, altKey: false, ...held })

describe('the keymap', () => {
  it('names a stroke as its table does', () => {
    expect([stroke('j'), stroke(' '), stroke('K', { ctrlKey: true }), stroke('k', { metaKey: true }), stroke('j', { altKey: true })]).toEqual([
      'j', 'Space', 'mod+k', 'mod+k', '',
    ])
  })

  it('finds actions, sequences and their beginnings', () => {
    expect(actionsOf(['j'])).toEqual({ actions: ['next'], begins: false })
    expect(actionsOf(['g'])).toEqual({ actions: [], begins: true })
    expect(actionsOf(['g', 'c'])).toEqual({ actions: ['go_connections'], begins: false })
    expect(actionsOf(['g', 'q'])).toEqual({ actions: [], begins: false })
  })

  it('has no key twice in the groups that every screen has', () => {
    const shared = Object.values(keymap).flatMap(({ keys, group }) => (['anywhere', 'go', 'list'].includes(group) ? [...keys] : []))
    expect(new Set(shared).size).toBe(shared.length)
  })

  it('knows which keys speech may press', () => {
    expect(['j', '?', '.', 'mod+k', 'Enter', 'Space'].filter(isCharacter)).toEqual(['j', '?', '.'])
  })

  it('prints keys as they are on the keyboard', () => {
    expect([printed('mod+k', true), printed('mod+k', false), printed('g c', false), printed('X', false)]).toEqual([
      ['⌘', 'K'], ['Ctrl', 'K'], ['G', 'C'], ['Shift X'],
    ])
  })
})
