import { expect, it } from 'vitest'
import { fieldSentence, inTitles, piecesOf } from './plain'

const titles = new Map([['alias', 'Alias'], ['settings.path', 'File'], ['settings.path_more', 'More'], ['settings.key', 'Key columns'], ['secrets.key', 'API key']])

it.each([
  ['settings.path must be set', 'File must be set'],
  ['settings.key.0 must not be empty', 'Key columns must not be empty'],
  ['secrets.key is a secret', 'API key is a secret'],
  ['settings.path_more is wrong', 'More is wrong'],
  ['the file alias cannot be read', 'the file Alias cannot be read'],
  ['the file settings.path.csv is gone', 'the file settings.path.csv is gone'],
  ['there is no file /alias', 'there is no file /alias'],
])('%s', (message, want) => expect(inTitles(message, titles)).toBe(want))

it('leads to the fields that a remedy names', () => {
  expect(piecesOf('Choose "Semicolon" in the setting "Key columns".', titles)).toEqual([
    { text: 'Choose ' }, { text: '"Semicolon"' }, { text: ' in the setting ' }, { text: 'Key columns', path: 'settings.key' }, { text: '.' },
  ])
})

it.each([
  ['is taken', 'Alias is taken.'],
  ['must be shorter', 'Alias must be shorter.'],
  ['there is no file /a.csv', 'There is no file /a.csv.'],
  ['An alias is needed.', 'An alias is needed.'],
])('%s of a field', (message, want) => expect(fieldSentence(message, 'Alias')).toBe(want))
