import { describe, expect, it } from 'vitest'
import { collect, fieldsOf, initialValues, ownerOf, validate } from './schemaForm'

const schema = {
  type: 'object',
  required: ['url', 'password', 'verify'],
  properties: {
    page_size: { type: 'integer', title: 'Page size', minimum: 1, maximum: 100, default: 50, 'x-group': 'Advanced', 'x-order': 2 },
    url: { type: 'string', title: 'Server', format: 'uri', examples: ['https://x'], 'x-order': 1, 'x-guide-step': 'server' },
    password: { type: 'string', title: 'Password', writeOnly: true, 'x-order': 3 },
    verify: { type: 'boolean', title: 'Verify', default: true },
    bases: { type: 'array', items: { type: 'string' }, title: 'Bases' },
    mode: { enum: ['a', 'b'], title: 'Mode', default: 'a' },
    key: { type: 'string', writeOnly: true, 'x-multiline': true },
    note: { type: 'string', 'x-multiline': true, 'x-advanced': true },
    file: { type: 'string', format: 'file-path' },
    ratio: { type: ['number', 'null'] },
  },
}
const fields = fieldsOf(schema)
const field = (name: string) => fields.find((f) => f.name === name)

describe('fieldsOf', () => {
  it('orders by x-order, then as written, and keeps a group together', () => {
    expect(fields.map((f) => f.name)).toEqual(['url', 'password', 'verify', 'bases', 'mode', 'key', 'file', 'ratio', 'page_size', 'note'])
  })

  it.each([
    ['url', 'url'], ['password', 'secret'], ['verify', 'boolean'], ['bases', 'list'], ['mode', 'enum'], ['key', 'secret_lines'],
    ['note', 'multiline'], ['file', 'file'], ['ratio', 'number'], ['page_size', 'integer'],
  ])('draws %s as %s', (name, kind) => {
    expect(field(name)?.kind).toBe(kind)
  })

  it('puts secrets and settings under the paths the host uses', () => {
    expect(field('password')?.path).toBe('secrets.password')
    expect(field('url')).toMatchObject({ path: 'settings.url', placeholder: 'https://x', guideStep: 'server', required: true })
  })

  it('shows an example of a list as it would be typed', () => {
    const [list] = fieldsOf({ properties: { b: { type: 'array', examples: [['x', 'y']] } } })
    expect(list?.placeholder).toBe('x\ny')
  })

  it('reads titles of choices from oneOf', () => {
    const [choice] = fieldsOf({ properties: { m: { oneOf: [{ const: 'x', title: 'The X' }] } } })
    expect(choice?.options).toEqual([{ value: 'x', title: 'The X' }])
  })

  it.each([null, undefined, 'x', {}, { properties: null }])('has no fields for %j', (broken) => {
    expect(fieldsOf(broken)).toEqual([])
  })
})

describe('collect', () => {
  it('sends defaults as their own types, and leaves empty optional fields out', () => {
    const values = { ...initialValues(fields), 'settings.url': ' https://a ', 'secrets.password': ' p w ', 'settings.bases': 'x\n\n y ' }
    expect(collect(fields, values)).toEqual({
      settings: { url: 'https://a', verify: true, bases: ['x', 'y'], mode: 'a', page_size: 50 },
      secrets: { password: ' p w ' },
    })
  })

  it('shows stored settings, never a secret, and keeps settings it does not draw', () => {
    const stored = { url: 'https://b', verify: false, hidden: { a: 1 }, bases: ['k'] }
    const values = initialValues(fields, stored)
    expect(values['secrets.password']).toBe('')
    expect(collect(fields, { ...values, 'settings.bases': '' }, stored)).toEqual({
      settings: { url: 'https://b', verify: false, hidden: { a: 1 }, mode: 'a', page_size: 50 },
      secrets: {},
    })
  })

  it('shows the default of what is not stored, because that is what holds', () => {
    const values = initialValues(fields, { url: 'https://b' })
    expect(values).toMatchObject({ 'settings.verify': true, 'settings.mode': 'a', 'settings.page_size': '50' })
    expect(collect(fields, values, { url: 'https://b' }).settings).toMatchObject({ verify: true })
  })

  it('leaves text that is no number for the host to refuse', () => {
    expect(collect(fields, { 'settings.page_size': 'ten' }).settings.page_size).toBe('ten')
  })
})

describe('validate', () => {
  const filled = { ...initialValues(fields), 'settings.url': 'https://a', 'secrets.password': 'x' }

  it('has nothing to say about a complete form', () => {
    expect(validate(fields, filled)).toEqual({})
  })

  it('names what is missing', () => {
    expect(validate(fields, initialValues(fields))).toEqual({
      'settings.url': 'Server must be filled in.',
      'secrets.password': 'Password must be filled in.',
    })
  })

  it('accepts an empty secret that is stored', () => {
    expect(validate(fields, { ...filled, 'secrets.password': '' }, ['password'])).toEqual({})
  })

  it.each([
    ['ten', 'Page size must be a number.'],
    ['1.5', 'Page size must be a whole number.'],
    ['0', 'Page size must be 1 or more.'],
    ['101', 'Page size must be 100 or less.'],
  ])('refuses %s as a page size', (value, message) => {
    expect(validate(fields, { ...filled, 'settings.page_size': value })).toEqual({ 'settings.page_size': message })
  })
})

it('finds the input an error belongs to', () => {
  const known = ['alias', 'settings.base', 'settings.bases']
  expect(ownerOf('settings.bases[2]', known)).toBe('settings.bases')
  expect(ownerOf('settings.bases.2', known)).toBe('settings.bases')
  expect(ownerOf('settings.base', known)).toBe('settings.base')
  expect(ownerOf('settings.other', known)).toBeUndefined()
})
