// From nothing known about a connector to a connection that is edited, refreshed and ended again.
import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { agree, alias, detail, heading, runStatuses, watchRuns } from './screen.mjs'

const searchBox = (page) => page.getByRole('searchbox', { name: 'Search connectors' })
// The list that is not narrowed shows a popular connector twice.
const card = (page, connector) => page.locator(`[data-connector="${connector}"]`).first()

async function available({ page, by }) {
  await by.go('Connections')
  await by.press(page.getByRole('navigation', { name: 'Connections' }).getByRole('link', { name: /^Available/ }))
  await searchBox(page).waitFor()
}

async function findBySearch(story) {
  const { page, by } = story
  await available(story)
  await by.search(searchBox(page), 'crowdstrik')
  await card(page, 'crowdstrike').waitFor()
  await card(page, 'okta').waitFor({ state: 'detached' })
  await by.type(searchBox(page), 'crwodstrike')
  await page.waitForURL((url) => url.searchParams.get('q') === 'crwodstrike')
  await card(page, 'crowdstrike').waitFor()
  await card(page, 'okta').waitFor({ state: 'detached' })
}

async function findByCategory(story) {
  const { page, by } = story
  await available(story)
  const category = page.getByRole('group', { name: 'Category' }).getByRole('button', { name: /^HRIS/ })
  await by.press(category)
  await page.getByRole('heading', { level: 2, name: 'HRIS' }).waitFor()
  await card(page, 'bamboohr').waitFor()
  await card(page, 'okta').waitFor({ state: 'detached' })
  // The count and the cards grow together while connectors are still being asked what they are.
  await agree(category, page.locator('[data-connector]'), 'the category promises another number of connectors')
}

async function readGuide({ page, by }) {
  await by.press(card(page, 'bamboohr').getByRole('link', { name: 'BambooHR', exact: true }))
  await heading(page, 'BambooHR')
  const guide = page.getByRole('region', { name: 'Setup guide' })
  const step = guide.locator('details').first()
  await by.press(step.locator('summary'))
  await step.getByText('Expected outcome:').waitFor()
  await by.press(page.getByRole('link', { name: 'Connect', exact: true }))
  await heading(page, 'Connect BambooHR')
  const article = page.getByRole('article', { name: 'Setup guide' })
  await by.press(article.getByRole('checkbox').first())
  await article.getByRole('checkbox', { checked: true }).first().waitFor()
}

/** So many rows that the first sync can be watched. */
const rows = 20_000

async function connect(story) {
  const { page, by, dir } = story
  const file = join(dir, 'badges.csv')
  const line = (n) => `${n},badge-${n},Badge reader ${n}`
  await writeFile(file, ['id,serial,name', ...Array.from({ length: rows }, (_, i) => line(i + 1))].join('\n'))
  await available(story)
  await by.search(searchBox(page), 'csv')
  await by.press(card(page, 'csv').getByRole('link', { name: 'Connect CSV file' }))
  const form = page.getByRole('form', { name: 'New connection' })
  await by.type(form.getByLabel('File', { exact: true }), file)
  await by.choose(form.getByLabel(/^What a row is/), 'Device')
  await by.press(form.getByRole('group', { name: 'Key columns' }).getByRole('checkbox').first())
  await by.press(form.getByRole('button', { name: 'Check', exact: true }))
  await form.locator('[data-verdict="ok"], [data-verdict="warning"]').waitFor()
  await by.type(form.getByLabel('Alias', { exact: true }), alias)
  await watchRuns(page)
  await by.press(form.getByRole('button', { name: 'Save and sync' }))
  await heading(page, alias)
}

async function watchFirstSync({ page, by }) {
  await page.locator('[data-run-status="succeeded"]').waitFor({ timeout: 60_000 })
  const seen = await runStatuses(page)
  assert.ok(seen.includes('running'), `the sync was not seen while it ran: ${seen.join(', ')}`)
  await page.locator('[data-step]').first().waitFor()
  const steps = await page.locator('[data-step]').evaluateAll((all) => all.map((step) => step.getAttribute('data-status')))
  assert.deepEqual([...new Set(steps)], ['succeeded'])
  await page.locator('[data-stream]').getByText('20,000').first().waitFor()
  await by.settled('the end of the first sync')
}

async function edit(story) {
  const { page, by } = story
  await detail(story, alias)
  await by.press(page.getByRole('link', { name: 'Edit', exact: true }))
  const form = page.getByRole('form', { name: 'Edit connection' })
  await by.choose(form.getByRole('combobox', { name: 'Schedule' }), 'Every hour')
  await by.type(form.getByLabel(/^Owner/), 'Vera')
  await by.press(form.getByRole('button', { name: 'Save', exact: true }))
  const review = page.getByRole('dialog', { name: /^Save 2 changes/ })
  await review.getByText('Every hour').waitFor()
  await review.getByText('Vera').waitFor()
  await by.press(review.getByRole('button', { name: 'Save', exact: true }))
  await review.waitFor({ state: 'detached' })
  await heading(page, alias)
  await page.getByText('looked after by Vera').waitFor()
  await by.settled('saving an edit')
}

async function refresh(story) {
  const { page, by } = story
  await detail(story, alias)
  const before = await page.locator('[data-run-id]').first().getAttribute('data-run-id')
  await by.press(page.getByRole('button', { name: 'Sync now' }))
  await page.locator(`[data-run-status="succeeded"]:not([data-run-id="${before}"])`).waitFor({ timeout: 60_000 })
  await page.getByRole('button', { name: 'Sync now' }).waitFor()
  await by.settled('the end of a sync')
}

async function disconnect(story) {
  const { page, by } = story
  await detail(story, alias)
  await by.press(page.getByRole('button', { name: `More actions for ${alias}` }))
  await by.press(page.getByRole('menuitem', { name: 'Disconnect…' }))
  const dialog = page.getByRole('dialog', { name: `Disconnect ${alias}?` })
  await dialog.getByText('What depends on it').waitFor()
  assert.equal(await dialog.getByRole('radio', { name: /^Keep its history/ }).isChecked(), true, 'its history is not kept unless asked')
  await by.press(dialog.getByRole('button', { name: 'Disconnect', exact: true }))
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('link', { name: 'Reconnect' }).waitFor()
  await by.settled('disconnecting')
  await by.press(page.getByRole('link', { name: 'Data', exact: true }))
  await page.getByText(/^20,000 records/).waitFor()
  await by.go('Connections')
  await page.locator(`tr[data-alias="${alias}"]`).waitFor({ state: 'detached' })
  await by.press(page.getByRole('link', { name: /^Disconnected/ }))
  await page.locator(`li[data-alias="${alias}"]`).getByText('20,000 records are kept').waitFor()
}

export const connecting = [
  ['find a connector by search', findBySearch],
  ['find a connector by category', findByCategory],
  ['read its guide', readGuide],
  ['connect', connect],
  ['watch the first sync', watchFirstSync],
  ['edit a setting', edit],
  ['refresh', refresh],
  ['disconnect and keep the history', disconnect],
]
