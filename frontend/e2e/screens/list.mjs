// Every screen of the app with its states, as data. screens.mjs visits them and has them looked at;
// routes.mjs fails where a route of src/app/Routes.tsx has no entry here.
//
// A state says
//   path     where it is: a text, or a function of what facts.mjs found in the demo
//   see      what a person sees there, as a selector; it is waited for
//   act      what a person does first, with the page
//   on       the agent that is asked: the demo (usual), `empty` one that knows nothing, or a `stranger` to the demo
//   fails    paths of the API that answer with an error
//   silent   paths of the API that do not answer yet
//   offline  the agent ends while the page is open
import { confirmDialog, menu, palette, peekFirst, press, tick, toTheEnd } from './acts.mjs'
import { proof } from './proof.mjs'

const day = (offset) => new Date(Date.now() + offset * 86_400_000).toLocaleDateString('sv')
const grid = '[role=grid] [role=row][aria-rowindex="3"]'
const alert = 'main [role=alert]'
const loading = 'main [role=status] .skeleton'
const offlineBar = 'section[aria-label=Agent]'
const rows = 'tr[data-alias]'
const h1 = (text) => `h1:text-is("${text}")`
const text = (words) => `main >> text=${words}`

export const screens = [
  {
    route: '/',
    states: [
      { state: 'filled', path: '/', see: '[data-attention], main section li' },
      { state: 'empty', on: 'empty', path: '/', see: text('Nothing is connected yet') },
      { state: 'loading', path: '/', silent: ['connections', 'attention'], see: '.skeleton' },
      { state: 'error', path: '/', fails: ['connections', 'attention', 'history'], see: alert },
      { state: 'offline', path: '/', offline: true, see: offlineBar },
      { state: 'signed-out', on: 'stranger', path: '/', see: 'text=This browser is not signed in' },
      { state: 'palette', path: '/', act: palette('okta'), see: '[role=dialog] [role=option] >> text=Sync okta' },
      { state: 'keys', path: '/', act: (page) => page.keyboard.press('?'), see: '[role=dialog] kbd' },
      { state: 'bell', path: '/', act: press(/things need you$/), see: '[role=dialog]' },
    ],
  },
  {
    route: '/connections',
    states: [
      { state: 'filled', path: '/connections', see: rows },
      { state: 'unhealthy', path: '/connections?health=unhealthy', see: rows },
      { state: 'grouped', path: '/connections?group=category', see: 'th[scope=rowgroup]' },
      { state: 'selected', path: '/connections', act: (page) => tick(/^Select okta/)(page).then(() => toTheEnd(page)), see: text('1 selected') },
      { state: 'facet', path: '/connections', act: press('Reason'), see: '[role=dialog] [role=checkbox]' },
      { state: 'disconnect', path: '/connections', act: menu('okta', 'Disconnect…'), see: '[role=dialog] >> text=Keep its history' },
      { state: 'nothing', path: '/connections?q=nothing-is-called-that', see: text('No connection matches') },
      { state: 'empty', on: 'empty', path: '/connections', see: 'main h2' },
      { state: 'loading', path: '/connections', silent: ['connections'], see: loading },
      { state: 'error', path: '/connections', fails: ['connections'], see: alert },
      { state: 'offline', path: '/connections', offline: true, see: offlineBar },
    ],
  },
  {
    route: '/connections/available',
    states: [
      { state: 'filled', path: '/connections/available', see: '[data-connector=okta]' },
      { state: 'found', path: '/connections/available?q=identity', see: '[data-connector=okta]' },
      { state: 'category', path: '/connections/available?category=hris', see: '[data-connector=bamboohr]' },
      { state: 'category-empty', path: '/connections/available?category=cyber_insurance', see: 'main h2' },
      { state: 'nothing', path: '/connections/available?q=nothing-is-called-that', see: text('No connector matches') },
      { state: 'loading', path: '/connections/available', silent: ['connectors'], see: loading },
      { state: 'error', path: '/connections/available', fails: ['connectors'], see: alert },
    ],
  },
  {
    route: '/connections/available/:id',
    states: [
      { state: 'filled', path: '/connections/available/okta', see: text('What you get') },
      { state: 'file', path: '/connections/available/csv', see: text('What you get') },
      { state: 'missing', path: '/connections/available/nothing', see: text('There is no connector called nothing') },
      { state: 'error', path: '/connections/available/okta', fails: ['connectors/okta'], see: alert },
    ],
  },
  { route: '/connectors/write', states: [{ state: 'filled', path: '/connectors/write', see: h1('Write a connector') }] },
  {
    route: '/connections/new/:connector',
    states: [
      { state: 'empty', path: '/connections/new/okta?draft=new', see: 'form#connection-form' },
      { state: 'invalid', path: '/connections/new/okta?draft=new', act: press('Save and sync'), see: '[aria-invalid=true]' },
      { state: 'mapping', path: '/connections/new/csv?draft=new', act: (page, facts) => page.getByLabel('File', { exact: true }).fill(facts.file), see: text('Say what each column means') },
      {
        state: 'checked', path: '/connections/new/csv?draft=new', see: '[data-verdict]',
        act: async (page, facts) => {
          await page.getByLabel('File', { exact: true }).fill(facts.file)
          await page.getByRole('group', { name: 'Key columns' }).getByRole('checkbox').first().check()
          await page.getByRole('button', { name: 'Check', exact: true }).click()
        },
      },
      {
        state: 'dry-run', path: '/connections/new/csv?draft=new', see: text('This dry run stored nothing'),
        act: async (page, facts) => {
          await page.getByLabel('File', { exact: true }).fill(facts.file)
          await page.getByRole('group', { name: 'Key columns' }).getByRole('checkbox').first().check()
          await page.getByRole('button', { name: 'Dry run', exact: true }).click()
        },
      },
      { state: 'missing', path: '/connections/new/nothing', see: text('There is no connector called nothing') },
      { state: 'error', path: '/connections/new/okta', fails: ['connectors/okta'], see: alert },
      { state: 'offline', path: '/connections/new/okta?draft=new', offline: true, see: offlineBar },
    ],
  },
  {
    route: '/connections/disconnected',
    states: [
      { state: 'filled', path: '/connections/disconnected', see: 'li[data-alias=old-badges]' },
      { state: 'delete', path: '/connections/disconnected', act: press('Delete the history of old-badges'), see: '[role=dialog]' },
      { state: 'empty', on: 'empty', path: '/connections/disconnected', see: text('No connection is disconnected') },
      { state: 'error', path: '/connections/disconnected', fails: ['connections'], see: alert },
    ],
  },
  {
    route: '/connections/:ref/reconnect',
    states: [
      { state: 'filled', path: '/connections/old-badges/reconnect', see: 'main form, main [role=region]' },
      { state: 'error', path: '/connections/old-badges/reconnect', fails: ['connections/old-badges'], see: alert },
    ],
  },
  {
    route: '/runs/:id',
    states: [
      { state: 'succeeded', path: (f) => `/runs/${f.runs.succeeded}`, see: 'section[aria-label=Log]' },
      { state: 'failed', path: (f) => `/runs/${f.runs.failed}`, see: text('What to do') },
      { state: 'partial', path: (f) => `/runs/${f.runs.partial}`, see: text('What to do') },
      { state: 'missing', path: '/runs/01AAAAAAAAAAAAAAAAAAAAAAAA', see: text('There is no such run') },
      { state: 'error', path: (f) => `/runs/${f.runs.failed}`, fails: ['runs/'], see: alert },
    ],
  },
  {
    route: '/connections/:ref/edit',
    states: [
      { state: 'filled', path: '/connections/okta/edit', see: 'form#connection-form' },
      {
        state: 'review', path: '/connections/kandji/edit', see: '[role=dialog] table',
        act: async (page) => {
          await page.getByRole('combobox', { name: 'Schedule' }).selectOption({ label: 'Every hour' })
          await page.getByRole('button', { name: 'Save', exact: true }).click()
        },
      },
      { state: 'error', path: '/connections/okta/edit', fails: ['connections/okta'], see: alert },
    ],
  },
  {
    route: '/accounts',
    states: [
      { state: 'filled', path: '/accounts', see: grid },
      { state: 'opened', path: '/accounts?facet=flag:unlinked', act: peekFirst, see: '[data-peek] h3' },
      { state: 'out-of-scope', path: '/accounts', act: async (page) => peekFirst(page).then(() => press('Change: Scope')(page)), see: '[role=dialog] textarea' },
      { state: 'link', path: '/accounts?facet=flag:unlinked', act: async (page) => peekFirst(page).then(() => press('Link a person')(page)), see: '[role=dialog] [type=radio]' },
      { state: 'selected', path: '/accounts', act: tick(/^Select /), see: text('1 selected') },
      { state: 'nothing', path: '/accounts?q=nothing-is-called-that', see: text('No account matches') },
      { state: 'empty', on: 'empty', path: '/accounts', see: text('No accounts yet') },
      { state: 'loading', path: '/accounts', silent: ['accounts'], see: loading },
      { state: 'error', path: '/accounts', fails: ['accounts'], see: alert },
      { state: 'offline', path: '/accounts', offline: true, see: offlineBar },
    ],
  },
  {
    route: '/accounts/past',
    states: [
      { state: 'now', path: '/accounts/past', see: grid },
      { state: 'past', path: `/accounts/past?on=${day(-20)}`, see: text('at the end of') },
      { state: 'before', path: `/accounts/past?on=${day(-300)}`, see: text('Nothing was read before') },
      { state: 'opened', path: `/accounts/past?on=${day(-20)}`, act: peekFirst, see: '[data-peek] h3' },
      { state: 'moment', path: '/accounts/past', act: press(/^As of:/), see: '[role=dialog] input[type=date]' },
      { state: 'export', path: '/accounts/past?where=mfa:no', act: press('Export'), see: '[role=dialog] [type=radio]' },
      { state: 'nothing', path: '/accounts/past?q=nothing-is-called-that', see: text('Nothing matches') },
      { state: 'empty', on: 'empty', path: '/accounts/past', see: text('No records') },
      { state: 'error', path: '/accounts/past', fails: ['records'], see: alert },
    ],
  },
  {
    route: '/accounts/:page',
    states: [
      { state: 'access-review', path: '/accounts/access-review', see: 'main' + ' [data-accounts]' },
      { state: 'background-check', path: '/accounts/background-check', see: grid },
      { state: 'infrastructure', path: '/accounts/infrastructure', see: grid },
      { state: 'observability', path: '/accounts/observability', see: grid },
      { state: 'version-control', path: '/accounts/version-control', see: grid },
      { state: 'empty', on: 'empty', path: '/accounts/infrastructure', see: text('No accounts yet') },
      { state: 'missing', path: '/accounts/nothing', see: text('There is no such page') },
    ],
  },
  {
    route: '/accounts/:page/compare',
    states: [
      { state: 'empty', path: '/accounts/all/compare', see: text('Choose the earlier day') },
      { state: 'filled', path: `/accounts/all/compare?from=${day(-30)}`, see: 'main table' },
      { state: 'error', path: `/accounts/all/compare?from=${day(-30)}`, fails: ['accounts/compare'], see: alert },
    ],
  },
  {
    route: '/people/:part?',
    states: [
      { state: 'filled', path: '/people', see: grid },
      { state: 'nothing', path: '/people?q=nothing-is-called-that', see: 'main h2' },
      { state: 'person', path: (f) => `/people/${f.person}`, see: 'main table' },
      { state: 'person-missing', path: '/people/nothing', see: 'main h1' },
      { state: 'suggestions', path: '/people/suggestions', see: 'main [data-suggestion], main h2' },
      { state: 'sources', path: '/people/sources', see: 'main li' },
      { state: 'empty', on: 'empty', path: '/people', see: 'main h2' },
      { state: 'error', path: '/people', fails: ['people'], see: alert },
    ],
  },
  {
    route: '/activity',
    states: [
      { state: 'filled', path: '/activity', see: 'main li' },
      { state: 'empty', on: 'empty', path: '/activity', see: 'main h1' },
      { state: 'error', path: '/activity', fails: ['audit'], see: alert },
    ],
  },
  {
    route: '/insights',
    states: [
      { state: 'filled', path: '/insights', see: 'main svg[role=img], main [role=img]' },
      { state: 'tables', path: '/insights?range=90d', act: press('Table'), see: 'main table' },
      { state: 'empty', on: 'empty', path: '/insights', see: 'main h2' },
      { state: 'loading', path: '/insights', silent: ['insights'], see: loading },
      { state: 'error', path: '/insights', fails: ['insights'], see: alert },
    ],
  },
  {
    route: '/runs',
    states: [
      { state: 'filled', path: '/runs', see: 'main table' },
      { state: 'narrowed', path: '/runs?outcome=failed', see: 'main table' },
      { state: 'nothing', path: '/runs?connector=nothing', see: 'main h2' },
      { state: 'error', path: '/runs', fails: ['runs'], see: alert },
    ],
  },
  ...proof,
  {
    route: '/settings',
    states: [
      { state: 'filled', path: '/settings', act: (page) => page.locator('main dl').first().waitFor(), see: text('Same as the system') },
      { state: 'channel', path: '/settings', act: press('Add a channel'), see: '[role=dialog]' },
      { state: 'error', path: '/settings', fails: ['config', 'storage'], see: alert },
    ],
  },
  {
    route: '/doctor',
    states: [
      { state: 'filled', path: '/doctor', see: 'main li' },
      { state: 'error', path: '/doctor', fails: ['doctor'], see: alert },
    ],
  },
  {
    route: '/backup',
    states: [
      { state: 'filled', path: '/backup', see: 'main h2' },
      { state: 'error', path: '/backup', fails: ['tasks', 'verifications', 'storage', 'backups'], see: alert },
    ],
  },
  {
    route: '/connections/:ref/records/:stream/*',
    states: [
      { state: 'filled', path: (f) => f.record, see: 'main [data-version]' },
      { state: 'past', path: (f) => `${f.record}?on=${day(-10)}`, see: 'main [data-version]' },
      { state: 'missing', path: '/connections/okta/records/users/nothing', see: text('There is no record called nothing') },
      { state: 'error', path: (f) => f.record, fails: ['connections/[^/]+/record'], see: alert },
    ],
  },
  {
    route: '/changes',
    states: [
      { state: 'filled', path: '/changes?period=quarter', see: grid },
      { state: 'opened', path: '/changes?period=quarter&change=changed', act: peekFirst, see: '[data-peek] h3' },
      { state: 'run', path: (f) => `/changes?run=${f.runs.changed}`, see: grid },
      { state: 'nothing', path: '/changes?q=nothing-is-called-that', see: 'main h2' },
      { state: 'empty', on: 'empty', path: '/changes', see: 'main h2' },
      { state: 'error', path: '/changes', fails: ['history'], see: alert },
    ],
  },
  {
    route: '/connections/:ref/:tab?',
    states: [
      { state: 'healthy', path: '/connections/okta', see: '[data-step]' },
      { state: 'failing', path: '/connections/checkr', see: text('What to do') },
      { state: 'action-required', path: '/connections/datadog', see: text('What to do') },
      { state: 'partial', path: '/connections/slack', see: text('What to do') },
      { state: 'late', path: '/connections/kandji', see: '[data-step]' },
      { state: 'paused', path: '/connections/docusign', see: '[data-health=paused]' },
      { state: 'never', path: '/connections/crowdstrike', see: text('No steps yet') },
      { state: 'held', path: '/connections/contractors', see: '[data-held]' },
      { state: 'held-names', path: '/connections/contractors', act: press('See the records and decide'), see: '[role=dialog] table' },
      { state: 'disconnected', path: '/connections/old-badges', see: '[data-health=disconnected]' },
      { state: 'disconnect', path: '/connections/okta', act: confirmDialog('okta', /^Delete its history/), see: '[role=dialog] #ending-alias' },
      { state: 'runs', path: '/connections/okta/runs', see: 'tr[data-run]' },
      { state: 'data', path: '/connections/okta/data', see: grid },
      { state: 'data-past', path: `/connections/okta/data?on=${day(-30)}`, see: text('at the end of') },
      { state: 'data-none', path: '/connections/crowdstrike/data', see: text('No records') },
      { state: 'changes', path: '/connections/okta/changes', see: 'main h2' },
      { state: 'activity', path: '/connections/okta/activity', see: 'main li' },
      { state: 'settings', path: '/connections/okta/settings', see: 'main dl' },
      { state: 'missing', path: '/connections/nothing', see: text('There is no connection called nothing') },
      { state: 'loading', path: '/connections/okta', silent: ['connections/okta'], see: loading },
      { state: 'error', path: '/connections/okta', fails: ['connections/okta'], see: alert },
      { state: 'offline', path: '/connections/slack', offline: true, see: offlineBar },
    ],
  },
  { route: '', states: [{ state: 'not-found', path: '/nothing/is/here', see: text('There is no such page') }] },
]
