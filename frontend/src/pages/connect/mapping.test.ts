import { describe, expect, it } from 'vitest'
import type { Choices } from '@/api/types'
import { assign, mappingOf, previewOf, withoutLine, withSuggestions } from './mapping'

const choices: Choices = {
  setting: 'columns',
  items: [
    { value: 'id', samples: ['1', '2'] },
    { value: 'Work e-mail', samples: ['a•@•.•', ''], suggested: 'email' },
    { value: 'Status', samples: ['P', 'A'] },
    { value: 'x = y', samples: [] },
  ],
  targets: [{ value: 'email', title: 'Email' }, { value: 'status', title: 'Status' }, { value: 'username', title: 'Username' }],
}

describe('a mapping', () => {
  it('has columns by their lines, by their headers, and those without', () => {
    const { columns, stray } = mappingOf(choices, 'Work e-mail = email\nWork e-mail = username\nGone = status')
    expect(columns.map((c) => [c.column, c.fields, c.byHeader, c.suggested])).toEqual([
      ['id', [], '', ''],
      ['Work e-mail', ['email', 'username'], '', ''],
      ['Status', [], '', ''], // its field is taken by a line
      ['x = y', [], '', ''],
    ])
    expect(stray).toEqual(['Gone = status'])
    expect(mappingOf(choices, '').columns[2]?.byHeader).toBe('status')
  })

  it('splits a line at its last sign of equality', () => {
    expect(mappingOf(choices, 'x = y = status').columns[3]?.fields).toEqual(['status'])
  })

  it('takes suggestions where nothing stands against them', () => {
    expect(withSuggestions(choices, '')).toBe('Work e-mail = email')
    expect(withSuggestions(choices, 'id = email')).toBe('id = email')
  })

  it('moves a field to another column, and takes a line away', () => {
    expect(assign(choices, 'Work e-mail = email', 'id', ['email'])).toBe('id = email')
    expect(assign(choices, 'Status = status\nGone = username', 'Work e-mail', ['email'])).toBe('Work e-mail = email\nStatus = status\nGone = username')
    expect(assign(choices, 'id = email', 'id', [''])).toBe('')
    expect(withoutLine('a = b\nGone=status', 'Gone = status')).toBe('a = b')
  })

  it('shows the first rows through it', () => {
    expect(previewOf(choices, mappingOf(choices, 'Work e-mail = email'))).toEqual({ titles: ['Email', 'Status'], rows: [['a•@•.•', 'P'], ['', 'A']] })
  })
})
