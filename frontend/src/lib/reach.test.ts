import { describe, expect, it } from 'vitest'
import { placeOf } from './reach'
import { fieldsOf } from './schemaForm'

const fields = fieldsOf({
  properties: { url: { type: 'string', title: 'Address' }, path: { type: 'string', title: 'File', format: 'path' } },
})

describe('what a connector may reach', () => {
  it('is said as declared', () => {
    expect(placeOf('api.envoy.com', 'host', fields)).toEqual({ text: 'api.envoy.com' })
    expect(placeOf('/etc', 'file', fields)).toEqual({ text: '/etc' })
  })

  it('is named by the setting until that is filled in', () => {
    expect(placeOf('{url}', 'host', fields)).toEqual({ text: 'the host you enter under Address', setting: 'Address', open: true })
    expect(placeOf('{gone}', 'host', fields).text).toBe('the host you enter under gone')
  })

  it.each([
    ['ldaps://dc1.acme.example:636/dc=acme', 'dc1.acme.example'],
    ['https://ann:pw@acme.example?x', 'acme.example'],
    ['ldap://[::1]:389', '[::1]'],
    ['acme.example:8443', 'acme.example'],
    ['dc1.acme.example, dc2.acme.example', 'dc1.acme.example'],
  ])('of %s is %s', (typed, host) => {
    expect(placeOf('{url}', 'host', fields, { 'settings.url': typed })).toEqual({ text: host, setting: 'Address' })
  })

  it('is the file that was entered', () => {
    expect(placeOf('{path}', 'file', fields, { 'settings.path': ' /srv/hr.csv ' })).toEqual({ text: '/srv/hr.csv', setting: 'File' })
  })
})
