import { expect, it } from 'vitest'
import { figureOf, hueOf, monogram } from './mark'

it('takes two letters of a name', () => {
  expect(['Okta', 'Google Workspace', 'GitLab', 'BambooHR', 'n8n', '1Password', 'AWS', 'x', '', 'entra-id'].map(monogram)).toEqual([
    'Ok', 'GW', 'GL', 'BH', 'N8', '1p', 'Aw', 'X', '', 'EI',
  ])
})

it('draws the same mark for the same name, and tells names apart', () => {
  const names = ['Okta', 'Jira', 'GitHub', 'GitLab', 'Slack', 'AWS', 'Azure', 'Datadog', 'Zoom', 'Wiz']
  const looks = names.map((name) => `${hueOf(name)} ${figureOf(name)} ${monogram(name)}`)
  expect(new Set(looks).size).toBe(names.length)
  expect(hueOf('Okta')).toBe(hueOf('Okta'))
  expect(new Set(names.map(figureOf)).size).toBeGreaterThan(4)
})
