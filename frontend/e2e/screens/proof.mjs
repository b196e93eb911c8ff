// The screens of what shows that controls work, with their states. list.mjs says what a state is.
import { press } from './acts.mjs'

const grid = '[role=grid] [role=row][aria-rowindex="3"]'
const alert = 'main [role=alert]'
const loading = 'main [role=status] .skeleton'
const text = (words) => `main >> text=${words}`

export const proof = [
  {
    route: '/tests',
    states: [
      { state: 'filled', path: '/tests', see: grid },
      { state: 'failing', path: '/tests?state=failing&sort=severity', see: grid },
      { state: 'facet', path: '/tests', act: press('Category'), see: '[role=dialog] [role=checkbox]' },
      { state: 'nothing', path: '/tests?q=nothing-is-called-that', see: text('No test matches') },
      { state: 'empty', on: 'empty', path: '/tests', see: text('Nothing is supplied for tests yet') },
      { state: 'unused', on: 'empty', path: '/tests?state=unused', see: grid },
      { state: 'loading', path: '/tests', silent: ['tests'], see: loading },
      { state: 'error', path: '/tests', fails: ['tests'], see: alert },
      { state: 'offline', path: '/tests', offline: true, see: 'section[aria-label=Agent]' },
    ],
  },
  {
    route: '/tests/:id',
    states: [
      { state: 'failing', path: (f) => `/tests/${f.tests.failing}`, see: '[data-finding=fail]' },
      { state: 'unproven', path: (f) => `/tests/${f.tests.unproven}`, see: '[data-state=unproven]' },
      { state: 'passing', path: (f) => `/tests/${f.tests.passing}`, see: '[data-state=passing]' },
      { state: 'unused', on: 'empty', path: '/tests/mfa-identity', see: text('Find connectors that supply') },
      { state: 'exclude', path: (f) => `/tests/${f.tests.failing}`, act: press(/^Exclude /), see: '[role=dialog] textarea' },
      { state: 'disable', path: (f) => `/tests/${f.tests.failing}`, act: press('Disable…'), see: '[role=dialog] textarea' },
      { state: 'missing', path: '/tests/nothing', see: text('There is no test called nothing') },
      { state: 'loading', path: '/tests/mfa-identity', silent: ['tests/mfa-identity'], see: loading },
      { state: 'error', path: '/tests/mfa-identity', fails: ['tests/mfa-identity'], see: alert },
    ],
  },
  {
    route: '/controls',
    states: [
      { state: 'filled', path: '/controls', see: grid },
      { state: 'nothing', path: '/controls?q=nothing-is-called-that', see: 'main h2' },
      { state: 'loading', path: '/controls', silent: ['controls'], see: loading },
      { state: 'error', path: '/controls', fails: ['controls'], see: alert },
    ],
  },
  {
    route: '/controls/:id',
    states: [
      { state: 'filled', path: '/controls/access-mfa', see: 'main [data-reason]' },
      { state: 'owner', path: '/controls/access-mfa', act: press('Change the owner'), see: '[role=dialog] input' },
      { state: 'missing', path: '/controls/nothing', see: 'main h1' },
      { state: 'error', path: '/controls/access-mfa', fails: ['controls/access-mfa'], see: alert },
    ],
  },
  {
    route: '/frameworks',
    states: [
      { state: 'filled', path: '/frameworks', see: 'main a[href="/frameworks/soc2"]' },
      { state: 'error', path: '/frameworks', fails: ['frameworks'], see: alert },
    ],
  },
  {
    route: '/frameworks/:id',
    states: [
      { state: 'filled', path: '/frameworks/soc2', see: 'main a[href^="/controls/"]' },
      { state: 'missing', path: '/frameworks/nothing', see: 'main h1' },
      { state: 'error', path: '/frameworks/soc2', fails: ['frameworks/soc2'], see: alert },
    ],
  },
  {
    route: '/evidence',
    states: [
      { state: 'filled', path: '/evidence', see: 'main [data-evidence]' },
      { state: 'nothing', path: '/evidence?q=nothing-is-called-that', see: text('No evidence matches') },
      { state: 'loading', path: '/evidence', silent: ['evidence'], see: loading },
      { state: 'error', path: '/evidence', fails: ['evidence'], see: alert },
    ],
  },
  {
    route: '/evidence/packs',
    states: [
      { state: 'filled', path: '/evidence/packs', see: '#pack-framework' },
      { state: 'choose', path: '/evidence/packs', act: press(/^Choose/), see: 'main input[type=checkbox]' },
      { state: 'error', path: '/evidence/packs', fails: ['evidence-packs', 'frameworks'], see: alert },
    ],
  },
  {
    route: '/evidence/:id',
    states: [
      { state: 'missing', path: '/evidence/nothing', see: text('There is no evidence called nothing') },
      { state: 'loading', path: '/evidence/nothing', silent: ['evidence/nothing'], see: loading },
      { state: 'error', path: '/evidence/nothing', fails: ['evidence/nothing'], see: alert },
    ],
  },
]
